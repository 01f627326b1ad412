import t from 'tap'
import {
  commit,
  decodeEntry,
  type Entry,
  encodeEntry,
  leafHash,
  noEntry,
  opens,
  suite,
} from '../src/entry.ts'

const entry: Entry = {
  type: 'source-added',
  seq: 0,
  prev: noEntry,
  time: '2026-11-23T08:00:00.000Z',
  commitment: 'ab'.repeat(32),
  suite,
}

t.test('an entry is read back from its bytes', async (t) => {
  t.same(decodeEntry(encodeEntry(entry)), entry)
})

t.test('one entry has one spelling: any other is refused', async (t) => {
  const text = encodeEntry(entry).toString()
  const others: [string, string][] = [
    ['white space', text.replace(':', ': ')],
    ['another order', JSON.stringify(entry)],
    ['a member twice', text.replace('{', `{"type":"x",`)],
    ['an escaped letter', text.replace('source-added', '\\u0073ource-added')],
    ['a number spelled otherwise', text.replace('"seq":0', '"seq":0.0')],
    ['minus zero', text.replace('"seq":0', '"seq":-0')],
    ['one member more', text.replace('{', '{"also":1,')],
    ['one member less', text.replace(/"type":"[^"]*"/, '"type":null')],
    ['upper-case hex', text.replace('abab', 'ABab')],
    ['a byte order mark', `\ufeff${text}`],
    ['a trailing line end', `${text}\n`],
    ['no JSON', text.slice(0, -1)],
    ['another suite', text.replace(suite, 'sm3-sm2')],
    ['a month that is none', text.replace('2026-11-23', '2026-13-23')],
    ['a day that the month does not have', text.replace('2026-11-23', '2026-02-30')],
    ['a type that is too long', text.replace('source-added', 'a'.repeat(65))],
    ['a sequence number beyond what is exact', text.replace('"seq":0', '"seq":9007199254740993')],
  ]
  for (const [what, other] of others) t.throws(() => decodeEntry(Buffer.from(other)), TypeError, what)
  t.throws(() => decodeEntry(Buffer.from([...Buffer.from(text), 0xff])), /UTF-8/)
  t.throws(() => decodeEntry(Buffer.alloc(16 * 1024 + 1, 0x20)), /at most 16384 bytes/)
})

t.test('no other bytes near an entry are accepted as another entry than they encode to', async (t) => {
  const bytes = encodeEntry(entry)
  let accepted = 0
  for (let at = 0; at < bytes.length; at += 1) {
    for (const byte of Buffer.from('0a9Z"\\\n{}:,- é')) {
      const other = Buffer.from(bytes)
      other[at] = byte
      try {
        const read = decodeEntry(other)
        accepted += 1
        if (!encodeEntry(read).equals(other)) t.fail(`${other}`)
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
      }
    }
  }
  t.ok(accepted > 100, 'digits and letters may stand for others')
})

t.test('every single bit of an entry is covered by its hash', async (t) => {
  const bytes = encodeEntry(entry)
  const hashes = new Set([leafHash(bytes)])
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const other = Buffer.from(bytes)
    other[bit >> 3]! ^= 1 << (bit & 7)
    hashes.add(leafHash(other))
  }
  t.equal(hashes.size, bytes.length * 8 + 1)
})

t.test('the same content commits to something else each time, as the salt is fresh', async (t) => {
  const one = commit({ question: '园区2025年用电量是多少？' })
  const two = commit({ question: '园区2025年用电量是多少？' })
  t.equal(one.canonical, two.canonical)
  t.not(one.salt, two.salt)
  t.not(one.commitment, two.commitment)
})

t.test('a commitment opens with its own content and salt only', async (t) => {
  const { canonical, salt, commitment } = commit({ a: 1 })
  t.ok(opens(commitment, canonical, salt))
  t.notOk(opens(commitment, canonical.replace('1', '2'), salt))
  t.notOk(opens(commitment, canonical, commit({}).salt))
  t.notOk(opens('', canonical, salt))
  t.equal(commit(JSON.parse(canonical), salt).commitment, commitment, 'recomputed from what is stored')
  t.throws(() => commit({}, 'short'), TypeError)
})
