import '../../receipt-page/src/machine/buffer.ts'
import { judge } from '../../receipt-page/src/judge.ts'
import { isSoundPublicKey, verifyEd25519 } from '../../src/note/ed25519.ts'

/** What a test asks of the page's code, bundled as the page is and run where there is neither Node nor crypto. */
Object.assign(globalThis, { page: { judge, isSoundPublicKey, verifyEd25519 } })
