import t from 'tap'
import { encodeBase64 } from '../../src/note/base64.ts'
import {
  formatSignerKey,
  formatVerifierKey,
  hexId,
  isKeyName,
  KeyError,
  keyId,
  makeSignerKey,
  parseSignerKey,
  parseVerifierKey,
  verifierOf,
} from '../../src/note/key.ts'
import { logSigner, witnessSigner } from './signers.ts'

const example = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'

t.test('reads and writes the key of the signed-note text', async (t) => {
  const key = parseVerifierKey(example)
  t.match(key, { name: 'example.com/foo', id: 0x530d903a, type: 1 })
  t.equal(key.publicKey.length, 32)
  t.equal(formatVerifierKey(key), example)
})

t.test('reads and writes keys of every kind that a box has', async (t) => {
  for (const signer of [logSigner(), logSigner('碳盒.example/é/1', 3), witnessSigner('w/1', 2)]) {
    t.strictSame(parseSignerKey(formatSignerKey(signer)), signer)
    t.strictSame(parseVerifierKey(formatVerifierKey(signer)), verifierOf(signer))
    t.notOk('seed' in verifierOf(signer))
    t.notOk(formatVerifierKey(signer).includes(encodeBase64(signer.seed)))
  }
})

t.test('reads a private key as other programs write it', async (t) => {
  // Form of golang.org/x/mod/sumdb/note: type and seed in base64.
  const material = encodeBase64(Buffer.concat([Uint8Array.of(1), Buffer.alloc(32, 1)]))
  const signer = parseSignerKey(`PRIVATE+KEY+box.example/a/1+${hexId(logSigner().id)}+${material}`)
  t.strictSame(signer, logSigner())
})

t.test('one public key has another id under another name and type', async (t) => {
  const seed = Buffer.alloc(32, 1)
  const ids = [makeSignerKey('a', 1, seed), makeSignerKey('a', 4, seed), makeSignerKey('b', 1, seed)].map(
    ({ id }) => id,
  )
  t.equal(new Set(ids).size, 3)
})

t.test('an id that does not belong to the key is refused', async (t) => {
  t.throws(() => parseVerifierKey(example.replace('530d903a', '530d903b')), { code: 'wrong-id' })
  t.throws(() => parseVerifierKey(example.replace('foo', 'fo')), { code: 'wrong-id' })
  const secret = formatSignerKey(logSigner())
  t.throws(() => parseSignerKey(secret.replace('/a/1', '/a/2')), { code: 'wrong-id' })
})

t.test('keys of low order, not canonical or beside the curve are refused', async (t) => {
  const unsound = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0200000000000000000000000000000000000000000000000000000000000000',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ]
  for (const hex of unsound) {
    for (const type of [1, 4]) {
      const publicKey = Buffer.from(hex, 'hex')
      const key = { name: 'a', id: keyId('a', type, publicKey), type, publicKey }
      t.throws(() => parseVerifierKey(formatVerifierKey(key)), { name: 'KeyError', code: 'unsound' })
    }
  }
})

t.test('keys of types that are not ours are carried', async (t) => {
  const mlDsa = Buffer.alloc(1312, 7)
  const key = { name: 'pq', id: keyId('pq', 6, mlDsa), type: 6, publicKey: mlDsa }
  t.strictSame(parseVerifierKey(formatVerifierKey(key)), key)
  t.throws(() => parseVerifierKey(formatVerifierKey({ ...key, id: 1 })), { code: 'wrong-id' })
  // The id of an ECDSA key is made of other bytes.
  const ecdsa = { name: 'e', id: 1, type: 2, publicKey: Buffer.alloc(91, 1) }
  t.strictSame(parseVerifierKey(formatVerifierKey(ecdsa)), ecdsa)
})

t.test('refuses what is not the text of a key', async (t) => {
  const texts = [
    '',
    '+',
    '++',
    'a',
    `${example}\n`,
    ` ${example}`,
    `${example}=`,
    example.replace('530d903a', '530D903A'),
    example.replace('530d903a', '30d903a'),
    example.replace('530d903a', '0530d903a'),
    example.replace('example.com/foo', ''),
    example.replace('example.com/foo', 'a b'),
    example.replace('example.com/foo', 'a\u00a0b'),
    example.replace('example.com/foo', 'a\u2003b'),
    example.replace('example.com/foo', 'a\ud800b'),
    example.replace('example.com/foo', 'a\nb'),
    example.slice(0, -4),
    example.slice(0, -1),
    'a+00000000+AQ==',
    'a+00000000+',
    'a'.repeat(10_000),
    formatSignerKey(logSigner()),
  ]
  for (const text of texts) t.throws(() => parseVerifierKey(text), KeyError)
  for (const text of [...texts.slice(0, -1), example, formatSignerKey(logSigner()).slice(0, -4)]) {
    t.throws(() => parseSignerKey(text), KeyError)
  }
})

t.test('what is said about a bad private key does not tell it', async (t) => {
  const secret = formatSignerKey(logSigner())
  for (const text of [
    secret.slice(1),
    `${secret}\n`,
    secret.replace('/a/1', '/a/2'),
    secret.replace('1+', '1 +'),
  ]) {
    try {
      parseSignerKey(text)
      t.fail('it was read')
    } catch (error) {
      t.notOk(String(error).includes(secret.slice(-20, -5)))
    }
  }
})

t.test('names have no white space of any script, no plus and no control characters', async (t) => {
  for (const name of ['a', 'a/b', '碳盒', 'a:8080', '—', 'K']) t.ok(isKeyName(name))
  for (const name of [
    '',
    ' ',
    'a b',
    'a+b',
    'a\tb',
    'a\0',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u2028',
    '\u3000',
    '\udc00',
  ]) {
    t.notOk(isKeyName(name), `U+${name.charCodeAt(0).toString(16)}`)
  }
})

t.test('signs with keys of its two types only', async (t) => {
  t.throws(() => makeSignerKey('a', 6, Buffer.alloc(32)), { code: 'unsupported' })
  t.throws(() => makeSignerKey('a', 1, Buffer.alloc(31)), { code: 'malformed' })
  t.throws(() => makeSignerKey('a b', 1, Buffer.alloc(32)), { code: 'malformed' })
})
