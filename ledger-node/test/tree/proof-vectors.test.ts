import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { ProofError, verifyConsistency, verifyInclusion } from '../../src/tree/proof.ts'

const folder = path.resolve(import.meta.dirname, '../../../../shared/vectors/merkle/testdata')

interface Vector {
  desc: string
  wantErr: boolean
  proof: string[] | null
}
interface InclusionVector extends Vector {
  leafIdx: bigint
  treeSize: bigint
  root: string
  leafHash: string
}
interface ConsistencyVector extends Vector {
  size1: bigint
  size2: bigint
  root1: string
  root2: string
}

/** Every vector below a folder, with its path. Numbers come as bigint: some need all of 64 bits. */
function vectors<V extends Vector>(kind: string): [string, V][] {
  if (!existsSync(folder)) return []
  const names = readdirSync(path.join(folder, kind), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, parse(readFileSync(path.join(folder, kind, name), 'utf8')) as V])
}

function parse(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { source?: string }) =>
    typeof value === 'number' ? BigInt(context?.source ?? value) : value,
  )
}

const bytes = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64')

function refusal(check: () => void): ProofError | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof ProofError) return error
    throw error
  }
}

t.test('inclusion is judged as the RFC 6962 vectors say', async (t) => {
  const cases = vectors<InclusionVector>('inclusion')
  if (cases.length === 0) return t.comment('the vectors are not in ../shared: nothing was compared')
  for (const [name, { leafIdx, treeSize, root, leafHash, proof, wantErr }] of cases) {
    const claim = { index: leafIdx, size: treeSize, root: bytes(root), leaf: bytes(leafHash) }
    const error = refusal(() => verifyInclusion({ ...claim, proof: (proof ?? []).map(bytes) }))
    t.equal(error !== null, wantErr, name)
  }
  t.comment(`${cases.length} vectors`)
})

t.test('consistency is judged as the RFC 6962 vectors say', async (t) => {
  const cases = vectors<ConsistencyVector>('consistency')
  if (cases.length === 0) return t.comment('the vectors are not in ../shared: nothing was compared')
  for (const [name, { size1, size2, root1, root2, proof, wantErr }] of cases) {
    const claim = { from: size1, to: size2, fromRoot: bytes(root1), toRoot: bytes(root2) }
    const error = refusal(() => verifyConsistency({ ...claim, proof: (proof ?? []).map(bytes) }))
    t.equal(error !== null, wantErr, name)
  }
  t.comment(`${cases.length} vectors`)
})
