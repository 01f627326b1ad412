import { encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import type { Succession } from '../../src/forks/succession.ts'
import { commitTo } from '../../src/kinds.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatVerifierKey } from '../../src/note/key.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import { logSigner } from '../note/signers.ts'

export const box = 'box.test/0123456789abcdef'
export const old = logSigner(`${box}/1`, 1)
export const next = logSigner(`${box}/2`, 2)

/** An old log of one entry that names the next one. */
export function succession({
  origin = next.name,
  key = next,
  type = 'log-succeeded',
  signer = old,
} = {}): Succession {
  const at = '2026-11-27T00:00:00.000Z'
  const committed = commitTo('log-succeeded', { origin, key: formatVerifierKey(key), at })
  const { commitment, canonical, salt } = committed
  const entry = encodeEntry({ type, seq: 0, prev: noEntry, time: at, commitment, suite })
  const root = Buffer.from(leafHash(entry), 'hex')
  const checkpoint = signCheckpoint({ origin: signer.name, size: 1n, root, extensions: [] }, signer)
  const proof = formatProof({ index: 0n, proof: [], checkpoint })
  return { content: canonical, salt, entry: entry.toString('utf8'), proof }
}
