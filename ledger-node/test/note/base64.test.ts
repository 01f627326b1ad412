import t from 'tap'
import { decodeBase64, decodeHash, encodeBase64 } from '../../src/note/base64.ts'
import { formatDecimal, parseDecimal } from '../../src/note/decimal.ts'

t.test('reads what it writes, for every length', async (t) => {
  for (let length = 0; length < 100; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 151 + length * 7) & 0xff))
    t.strictSame(decodeBase64(encodeBase64(bytes)), bytes)
  }
})

t.test('knows the vectors of RFC 4648, section 10', async (t) => {
  const vectors = {
    '': '',
    f: 'Zg==',
    fo: 'Zm8=',
    foo: 'Zm9v',
    foob: 'Zm9vYg==',
    fooba: 'Zm9vYmE=',
    foobar: 'Zm9vYmFy',
  }
  for (const [bytes, text] of Object.entries(vectors)) {
    t.equal(encodeBase64(Buffer.from(bytes)), text)
    t.equal(decodeBase64(text)?.toString(), bytes)
  }
})

t.test('refuses what Buffer.from takes', async (t) => {
  const lenient = {
    'missing padding': ['Zg', 'Zg=', 'Zm8'],
    'trailing bits that are not zero': ['Zh==', 'Zv==', 'Zm9=', 'Zm8/Zh=='],
    'the URL alphabet': ['-_-_', '+_+/', 'Zm-v'],
    'white space': [' Zm9v', 'Zm9v\n', 'Zm 9v', 'Zm9v\r\n', 'Zm\t9v', 'Zm9v\u00a0'],
    'padding too much, or inside': ['Zm9v=', 'Zm9v====', 'Zg==Zg==', 'Zg==='],
    'other characters': ['Zm9v!', 'Zm9v\0', 'Zm9\u0441', '====', '='],
  }
  for (const [what, texts] of Object.entries(lenient)) {
    for (const text of texts) t.equal(decodeBase64(text), null, `${what}: ${JSON.stringify(text)}`)
  }
})

t.test('a hash is 32 bytes', async (t) => {
  t.strictSame(decodeHash(encodeBase64(Buffer.alloc(32, 9))), Buffer.alloc(32, 9))
  for (const length of [0, 31, 33, 64]) t.equal(decodeHash(encodeBase64(Buffer.alloc(length))), null)
})

t.test('decimals have no leading zeros, no sign, and 64 bits', async (t) => {
  for (const value of [0n, 1n, 10n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    t.equal(parseDecimal(formatDecimal(value)), value)
  }
  const others = [
    '',
    '00',
    '01',
    '-1',
    '+1',
    '-0',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1\n',
    '1_0',
    '٣',
    '１',
    '1n',
  ]
  others.push(String(2n ** 64n), '9'.repeat(20), '1'.repeat(100_000))
  for (const text of others) t.equal(parseDecimal(text), null, JSON.stringify(text.slice(0, 30)))
  t.throws(() => formatDecimal(-1n), RangeError)
  t.throws(() => formatDecimal(2n ** 64n), RangeError)
})
