/**
 * The compact form of a Unigram tokenizer: a few typed arrays in one buffer that loads in milliseconds and can be
 * shared between threads, instead of the 250 MB of objects that its JSON becomes.
 *
 * Bytes, little endian: magic `TBUG`, u32 version, u32 length of the header (JSON in UTF-8, padded with spaces so
 * that what follows starts at a multiple of 8), then for a trie of `nodes` nodes over UTF-16 code units:
 *   first   u32[nodes + 1]  children of node i are the nodes first[i] ... first[i + 1] - 1, ascending by label
 *   piece   i32[nodes]      the piece that ends at the node, or -1
 *   score   f32[pieces]     log probability of each piece; that of the unknown token is the lowest of all less 10
 *   label   u16[nodes]      the code unit that leads to the node
 * Nodes are numbered breadth first; the root is node 0.
 */

export type EncodedTable = ArrayBuffer | SharedArrayBuffer

export interface AddedToken {
  id: number
  content: string
  /** White space before it belongs to it. */
  lstrip: boolean
}

export type NormaliserStep = { type: 'replace'; pattern: string; content: string } | { type: 'nfkc' }

export interface UnigramHeader {
  pieces: number
  nodes: number
  unknown: number
  opening: number
  closing: number
  added: AddedToken[]
  normaliser: NormaliserStep[]
}

export interface UnigramTable extends UnigramHeader {
  first: Uint32Array
  piece: Int32Array
  score: Float32Array
  label: Uint16Array
}

export interface UnigramSource extends Omit<UnigramHeader, 'pieces' | 'nodes'> {
  vocabulary: readonly (readonly [piece: string, score: number])[]
}

const magic = 0x47554254 // 'TBUG'
const version = 1

/** Packs a vocabulary; deterministic. */
export function encodeTable(source: UnigramSource): ArrayBuffer {
  const { vocabulary, ...rest } = source
  const trie = buildTrie(vocabulary.map(([piece]) => piece))
  const header: UnigramHeader = { pieces: vocabulary.length, nodes: trie.label.length, ...rest }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((12 + json.length) / 8) * 8
  const { nodes, pieces } = header
  const buffer = new ArrayBuffer(start + 4 * (nodes + 1) + 4 * nodes + 4 * pieces + 2 * nodes)
  const head = new DataView(buffer)
  head.setUint32(0, magic, true)
  head.setUint32(4, version, true)
  head.setUint32(8, start - 12, true)
  new Uint8Array(buffer, 12, start - 12).fill(0x20).set(json)
  const table = decodeTable(buffer)
  table.first.set(trie.first)
  table.piece.set(trie.piece)
  table.label.set(trie.label)
  let lowest = 0
  vocabulary.forEach(([, score], id) => {
    if (Math.fround(score) !== score) throw new Error(`score of piece ${id} does not fit 32 bits: ${score}`)
    table.score[id] = score
    lowest = Math.min(lowest, score)
  })
  table.score[source.unknown] = lowest - 10
  return buffer
}

/** Views on the arrays of an encoded table; copies nothing. Throws where the bytes are of another make. */
export function decodeTable(buffer: EncodedTable): UnigramTable {
  const head = new DataView(buffer)
  if (buffer.byteLength < 12 || head.getUint32(0, true) !== magic || head.getUint32(4, true) !== version) {
    throw new Error('not a tokenizer table of this version')
  }
  const start = 12 + head.getUint32(8, true)
  // TextDecoder refuses views on shared memory, hence the copy.
  const header = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 12, start - 12).slice()),
  ) as UnigramHeader
  const { nodes, pieces } = header
  let at = start
  const take = (bytes: number) => {
    at += bytes
    return at - bytes
  }
  return {
    ...header,
    first: new Uint32Array(buffer, take(4 * (nodes + 1)), nodes + 1),
    piece: new Int32Array(buffer, take(4 * nodes), nodes),
    score: new Float32Array(buffer, take(4 * pieces), pieces),
    label: new Uint16Array(buffer, take(2 * nodes), nodes),
  }
}

/** Breadth-first trie over the sorted pieces: each node is a range of pieces that share its prefix. */
function buildTrie(pieces: string[]): { first: number[]; piece: number[]; label: number[] } {
  const order = pieces.map((_, id) => id).sort((a, b) => (pieces[a]! < pieces[b]! ? -1 : 1))
  const sorted = order.map((id) => pieces[id]!)
  const first: number[] = []
  const piece: number[] = []
  const label: number[] = [0]
  const ranges: [low: number, high: number][] = [[0, sorted.length]]
  const depths: number[] = [0]
  for (let node = 0; node < ranges.length; node++) {
    let [low, high] = ranges[node]!
    const depth = depths[node]!
    const ends = low < high && sorted[low]!.length === depth
    piece.push(ends ? order[low]! : -1)
    if (ends) low++
    if (low < high && sorted[low]!.length === depth) throw new Error(`piece twice: ${sorted[low]}`)
    first.push(ranges.length)
    while (low < high) {
      const unit = sorted[low]!.charCodeAt(depth)
      let end = low + 1
      while (end < high && sorted[end]!.charCodeAt(depth) === unit) end++
      ranges.push([low, end])
      depths.push(depth + 1)
      label.push(unit)
      low = end
    }
  }
  first.push(ranges.length)
  return { first, piece, label }
}
