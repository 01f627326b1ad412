import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import t from 'tap'
import { build } from 'vite'
import { judge } from '../../receipt-page/src/judge.ts'
import { machine } from '../../receipt-page/vite.config.ts'
import { isSoundPublicKey, publicKeyOf, signEd25519, verifyEd25519 } from '../../src/note/ed25519.ts'
import { makeReceipt } from './made-receipt.ts'

const vectors = fileURLToPath(
  new URL('../../../../shared/vectors/wycheproof/testvectors_v1/ed25519_test.json', import.meta.url),
)

/** The page's code in a realm that has what every browser has at a plain http: address, and no more. */
const page = await loadPage()

t.test('the page gives the verdicts of the node on all Wycheproof vectors', async (t) => {
  if (!existsSync(vectors)) return t.pass('../shared/vectors is not here')
  type Group = {
    publicKey: { pk: string }
    tests: { tcId: number; msg: string; sig: string; result: string }[]
  }
  const { testGroups } = JSON.parse(readFileSync(vectors, 'utf8')) as { testGroups: Group[] }
  const hex = (text: string) => Buffer.from(text, 'hex')
  for (const { publicKey, tests } of testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      const verdict = page.verifyEd25519(hex(publicKey.pk), hex(msg), hex(sig))
      t.equal(verdict, result === 'valid', `${tcId}`)
    }
  }
})

t.test('both refuse keys of low order, keys beside the curve and spellings beyond p', async (t) => {
  const order8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
  const keys = [
    ...[order8, 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ...[
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      `ec${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
    ],
    ...Array.from({ length: 40 }, (_, index) => createHash('sha256').update(`key ${index}`).digest('hex')),
  ].flatMap((key) => [
    key,
    key.slice(0, -2) + (Number.parseInt(key.slice(-2), 16) ^ 0x80).toString(16).padStart(2, '0'),
  ])
  for (const key of keys) {
    const bytes = Buffer.from(key, 'hex')
    t.equal(page.isSoundPublicKey(bytes), isSoundPublicKey(bytes), key)
    const forged = Buffer.concat([bytes, Buffer.alloc(32)])
    t.equal(
      page.verifyEd25519(bytes, Buffer.from('m'), forged),
      verifyEd25519(bytes, Buffer.from('m'), forged),
    )
  }
})

t.test('a key with a part of low order in it gets the same verdict from both', async (t) => {
  const { ed25519 } = await import('@noble/curves/ed25519.js')
  const { Point } = ed25519
  const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  let accepted = 0
  for (let index = 1; index <= 64; index += 1) {
    // A' = A + T: signatures by the secret of A are right for A' where k is divisible by 8, and only nearly elsewhere.
    const a = BigInt(index) * 7n
    const key = Buffer.from(Point.BASE.multiply(a).add(torsion).toBytes())
    const message = Buffer.from(`message ${index}`)
    const r = Point.BASE.multiply(BigInt(index) + 5n)
    const k = BigInt(
      `0x${createHash('sha512').update(r.toBytes()).update(key).update(message).digest().reverse().toString('hex')}`,
    )
    const s = (BigInt(index) + 5n + k * a) % Point.Fn.ORDER
    const scalar = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()
    const signature = Buffer.concat([r.toBytes(), scalar])
    const verdict = verifyEd25519(key, message, signature)
    if (verdict) accepted += 1
    t.equal(page.verifyEd25519(key, message, signature), verdict, `${index}`)
  }
  t.ok(accepted > 0 && accepted < 64, `${accepted}`)
})

t.test('random and changed signatures get the same verdict', async (t) => {
  for (let index = 0; index < 100; index += 1) {
    const seed = createHash('sha256').update(`seed ${index}`).digest()
    const key = publicKeyOf(seed)
    const message = Buffer.alloc(index, index)
    const signature = signEd25519(seed, message)
    t.equal(page.verifyEd25519(key, message, signature), true)
    signature[index % 64]! ^= 1 << (index % 8)
    t.equal(page.verifyEd25519(key, message, signature), verifyEd25519(key, message, signature))
  }
})

t.test('the page and the node say the same of receipts that were changed in any place', async (t) => {
  const receipt = await makeReceipt()
  let seed = 1
  const below = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % limit
  }
  const names = Object.keys(receipt) as (keyof typeof receipt)[]
  const plain = (value: unknown) => JSON.stringify(value, (_, it) => (typeof it === 'bigint' ? `${it}n` : it))
  const verdicts = new Map<string, number>()
  for (let round = 0; round < 600; round += 1) {
    const parts = { ...receipt }
    for (let changes = below(3); changes > 0; changes -= 1) {
      const name = names[below(names.length)]!
      const text = parts[name]
      const at = below(text.length)
      const other = ['', 'A', '0', ' ', '\n', 'é', '=', '\u{1f600}', text[at]! + text[at]!][below(9)]!
      parts[name] = below(12) === 0 ? '' : text.slice(0, at) + other + text.slice(at + below(2))
    }
    const known = below(2) === 1
    const ours = judge(parts, known)
    const theirs = page.judge(parts, known)
    verdicts.set(ours.verdict, (verdicts.get(ours.verdict) ?? 0) + 1)
    const trim = ({ report, ...rest }: typeof ours) =>
      plain({ ...rest, report: report && { ...report, checkpoint: report.checkpoint?.root.toString('hex') } })
    if (trim(ours) !== trim(theirs)) t.equal(trim(theirs), trim(ours), `round ${round}`)
  }
  t.equal(verdicts.size, 4, `${[...verdicts]}`)
})

interface PageCode {
  judge: typeof judge
  isSoundPublicKey: typeof isSoundPublicKey
  verifyEd25519: typeof verifyEd25519
}

async function loadPage(): Promise<PageCode> {
  const entry = fileURLToPath(new URL('page-machine.ts', import.meta.url))
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: machine },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'unused' } },
  })
  const [first] = [built].flat()
  const chunk = first && 'output' in first ? first.output[0] : null
  if (!chunk) throw new Error('nothing was built')
  const context = createContext({ TextEncoder, TextDecoder, atob, btoa })
  runInContext(chunk.code, context)
  return context.page as PageCode
}
