import { honest } from './loading.ts'

/**
 * Code of the node as it is, whatever bug is planted in the node that is simulated: what judges must not err with
 * what is judged.
 */
const { parseNote } = await load<typeof import('../../src/note/note.ts')>('note/note.ts')
const { parseCheckpoint } = await load<typeof import('../../src/note/checkpoint.ts')>('note/checkpoint.ts')
const { verifyEd25519 } = await load<typeof import('../../src/note/ed25519.ts')>('note/ed25519.ts')
const { verifyCosignature } =
  await load<typeof import('../../src/note/cosignature.ts')>('note/cosignature.ts')
const { parseForkProof, verifyForkProof } =
  await load<typeof import('../../src/forks/fork-proof.ts')>('forks/fork-proof.ts')
const { thresholdOf } = await load<typeof import('../../src/note/quorum.ts')>('note/quorum.ts')
const { Frontier } = await load<typeof import('../../src/tree/frontier.ts')>('tree/frontier.ts')
const { hashLeaf } = await load<typeof import('../../src/tree/hash.ts')>('tree/hash.ts')

export {
  Frontier,
  hashLeaf,
  parseCheckpoint,
  parseForkProof,
  parseNote,
  thresholdOf,
  verifyCosignature,
  verifyEd25519,
  verifyForkProof,
}

async function load<T>(file: string): Promise<T> {
  return import(new URL(`../../src/${file}${honest}`, import.meta.url).href)
}
