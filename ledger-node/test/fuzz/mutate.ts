/** A generator of numbers by a seed (a 32-bit xorshift): the same seed, the same inputs. */
export function generator(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

type Pick = (below: number) => number

/** What parsers of these formats may trip over. */
const pieces = [
  ...[
    '\n',
    '\n\n',
    '\r\n',
    ' ',
    '\t',
    '=',
    '+',
    '/',
    '—',
    '— a AAAA\n',
    '\u2028',
    '\u0000',
    '\ufeff',
    '"',
    '{',
    '}',
    '[]',
  ],
  ...[
    '0',
    '00',
    '-1',
    '1e3',
    '18446744073709551615',
    '18446744073709551616',
    '9007199254740993',
    'null',
    '__proto__',
  ],
  ...[
    'old 0\n',
    'old 1\n',
    'extra AA==\n',
    'index 0\n',
    'quorum none\n',
    'group g 1 g\n',
    '../',
    '.p/1',
    'x001/',
  ],
].map((text) => Buffer.from(text))
const odd = [
  Buffer.of(0xff),
  Buffer.of(0xc0, 0x80),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.alloc(300, 0x41),
  Buffer.alloc(64),
]
const all = [...pieces, ...odd]

/** Changes valid bytes in one to four places: flips, cuts, repeats, moves, puts in between, or splices with others. */
export function mutate(pick: Pick, input: Buffer, others: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(input)
  for (let left = 1 + pick(4); left > 0; left -= 1) bytes = change(pick, bytes, others)
  return bytes
}

function change(pick: Pick, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const at = pick(bytes.length + 1)
  const end = Math.min(bytes.length, at + 1 + pick(40))
  switch (pick(8)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at]! ^= 1 << pick(8)
      return flipped
    }
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 3:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), all[pick(all.length)]!, bytes.subarray(at)])
    case 5: {
      const other = others[pick(others.length)]!
      return Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length + 1))])
    }
    case 6: {
      const line = bytes.subarray(bytes.lastIndexOf(10, at) + 1, bytes.indexOf(10, at) + 1)
      return Buffer.concat([
        bytes.subarray(0, at),
        ...Array.from({ length: 1 + pick(70) }, () => line),
        bytes.subarray(at),
      ])
    }
    default:
      return Buffer.from(Array.from({ length: pick(200) }, () => pick(256)))
  }
}
