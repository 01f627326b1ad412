import { commit, type Entry, encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { formatVerifierKey } from '../../src/note/key.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import type { ReceiptFile } from '../../src/receipt/receipt-file.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { proveInclusion } from '../../src/tree/prove.ts'
import { testLogKey, testWitness } from '../support/static-log.ts'

const size = 300
/** The entry that the receipt is of. */
const at = 255

export const content = {
  at: '2026-11-23T08:00:00.000Z',
  content: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  name: '能源/月报.xlsx',
  source: '01936a2e-0000-7000-8000-000000000001',
  space: 'home',
}

export const witnesses = [1, 2, 3, 4].map(testWitness)

export const policyText = [
  ...witnesses.map((witness, index) => `witness w${index + 1} ${formatVerifierKey(witness)}`),
  'group all 3 w1 w2 w3 w4',
  'quorum all',
  '',
].join('\n')

/** A good receipt with its content; `cosigned` of the four witnesses cosigned the checkpoint. */
export async function makeReceipt(cosigned = 3): Promise<Required<ReceiptFile>> {
  const { canonical, salt, commitment } = commit(content, '07'.repeat(32))
  const entries: Buffer[] = []
  let prev = noEntry
  for (let seq = 0; seq < size; seq += 1) {
    const time = '2026-11-23T08:00:00.123Z'
    const entry: Entry = { type: 'source-removed', seq, prev, time, commitment, suite }
    if (seq !== at) entry.commitment = leafHash(Buffer.from(`${seq}`))
    const bytes = encodeEntry(entry)
    prev = leafHash(bytes)
    entries.push(bytes)
  }
  const frontier = new Frontier()
  const nodes = new Map(entries.map((entry, index) => [`0/${index}`, hashLeaf(entry)]))
  for (const entry of entries)
    frontier.append(hashLeaf(entry), (level, index, hash) => nodes.set(`${level}/${index}`, hash))
  const proof = await proveInclusion(
    async (wanted) => wanted.map(({ level, index }) => nodes.get(`${level}/${index}`)!),
    at,
    size,
  )
  const root = frontier.root()
  const note = signCheckpoint(
    { origin: testLogKey.name, size: BigInt(size), root, extensions: [] },
    testLogKey,
  )
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const lines = witnesses.slice(0, cosigned).map((witness) => cosign(text, witness, 1_790_000_000n))
  return {
    proof: formatProof({ index: BigInt(at), proof, checkpoint: note + lines.join('') }),
    entry: entries[at]!.toString(),
    salt,
    content: canonical,
    log: formatVerifierKey(testLogKey),
    policy: policyText,
  }
}
