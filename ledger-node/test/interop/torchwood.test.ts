import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cosign } from '../../src/note/cosignature.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { defaultPolicy, formatPolicy } from '../../src/note/policy.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import { proveInclusion } from '../../src/tree/prove.ts'
import { witnessSigner } from '../note/signers.ts'
import { GrowingLog } from '../witness/growing-log.ts'
import { goTools, runToEnd, torchwoodAuditor } from './go-tools.ts'
import { finalUpTo, serveBox } from './served-box.ts'

t.setTimeout(900_000)
const { paths, missing } = await goTools(torchwoodAuditor)

const log = new GrowingLog().grow(1000)
const witnesses = [1, 2, 3, 4].map((seed) => witnessSigner(`box-${seed}.example/b/witness-1`, seed))
const named = witnesses.map((key, index) => ({ name: `box-${index}`, key }))
const policy = formatPolicy({ ...defaultPolicy(named), logs: [{ key: log.signer }] })

/** A receipt for an entry, as it would be with cosignatures of the first so many witnesses. */
async function receipt(index: number, size: number, cosigned: number, extra?: Buffer): Promise<string> {
  const { text, signatures } = parseNote(log.note(size))
  const lines = witnesses.slice(0, cosigned).map((witness) => cosign(text, witness, 1_795_000_000n))
  const checkpoint = formatNote(text, [...signatures.map(({ line }) => line), ...lines])
  const proof = await proveInclusion(log.hashes, index, size)
  return formatProof({ ...(extra && { extra }), index: BigInt(index), proof, checkpoint })
}

async function verify(t: Test, policy: Buffer, entry: Buffer, proof: string) {
  const folder = t.testdir()
  const at = (name: string) => join(folder, name)
  await writeFile(at('policy'), policy)
  await writeFile(at('entry'), entry)
  await writeFile(at('proof'), proof)
  const files = ['-policy', at('policy'), '-entry', at('entry'), '-proof', at('proof')]
  return runToEnd(paths![0]!, ['proof', ...files], 20_000)
}

t.test('torchwood verifies our receipts by our policy file', { skip: missing }, async (t) => {
  for (const [index, size] of [
    [0, 1],
    [0, 2],
    [255, 256],
    [256, 257],
    [499, 1000],
    [999, 1000],
  ] as const) {
    const ended = await verify(t, policy, log.entries[index]!, await receipt(index, size, 3))
    t.equal(ended.status, 0, `entry ${index} of ${size}`)
    t.equal(ended.stderr, '')
  }
  const extra = Buffer.from('{"not":"signed"}')
  const ended = await verify(t, policy, log.entries[7]!, await receipt(7, 9, 4, extra))
  t.equal(Buffer.from(JSON.parse(ended.stdout).extra, 'base64').toString(), extra.toString())
})

t.test('and refuses what is not in the log, or not final', { skip: missing }, async (t) => {
  const other = Buffer.from(log.entries[5]!.toString().replace('"answer"', '"source"'))
  const changed = await verify(t, policy, other, await receipt(5, 900, 3))
  t.not(changed.status, 0)
  t.match(changed.stderr, /inclusion proof verification failed for index 5/)
  const few = await verify(t, policy, log.entries[5]!, await receipt(5, 900, 2))
  t.not(few.status, 0)
  t.match(few.stderr, /only 1\/2 policy components satisfied/)
})

t.test(
  'torchwood audits a log that our node serves and another one witnesses',
  { skip: missing },
  async (t) => {
    const other = await serveBox(t)
    const { cosigner } = other
    const witnesses = defaultPolicy([{ name: 'other', key: cosigner, url: `${other.url}/witness` }])
    const box = await serveBox(t, { policy: formatPolicy(witnesses) })
    const { log, logUrl, grow, prove } = box
    await other.witness(log.key)
    // As the box gives it: nothing has to be added for torchwood.
    const policy = box.policy()
    const file = join(t.testdir(), 'policy')
    await writeFile(file, policy)
    for (const count of [1, 255, 1, 1000]) {
      await grow(count)
      const { size } = log.head
      await finalUpTo(log, size)
      const ended = await runToEnd(paths![0]!, ['log', '-policy', file, '-url', logUrl], 30_000)
      t.equal(ended.status, 0, ended.stderr)
      const signatures = [log.key.name, cosigner.name]
      t.match(JSON.parse(ended.stdout), { size, entries: size, signatures }, `all of ${size} entries`)
      const [entry] = await log.read(size - 1, 1)
      t.equal((await verify(t, policy, entry!, await prove(size - 1))).status, 0, 'and a receipt')
    }
  },
)
