import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { isSoundPublicKey, publicKeyOf, signEd25519, verifyEd25519 } from '../../src/note/ed25519.ts'

const vectors = path.resolve(import.meta.dirname, '../../../../shared/vectors')
const p = 2n ** 255n - 19n
const d = field(-121665n * inverse(121666n))

interface Wycheproof {
  numberOfTests: number
  testGroups: {
    publicKey: { pk: string }
    tests: { tcId: number; comment: string; msg: string; sig: string; result: 'valid' | 'invalid' }[]
  }[]
}

t.test('agrees with all of the Wycheproof vectors', async (t) => {
  const file = path.join(vectors, 'wycheproof/testvectors_v1/ed25519_test.json')
  if (!existsSync(file)) {
    t.comment('../shared/vectors is not here')
    t.pass('nothing to compare with')
    return
  }
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(file, 'utf8')) as Wycheproof
  let seen = 0
  for (const { publicKey, tests } of testGroups) {
    const key = hex(publicKey.pk)
    t.ok(isSoundPublicKey(key))
    for (const { tcId, comment, msg, sig, result } of tests) {
      seen++
      t.equal(verifyEd25519(key, hex(msg), hex(sig)), result === 'valid', `${tcId} ${comment}`)
    }
  }
  t.equal(seen, numberOfTests)
  t.ok(seen >= 150)
})

t.test('signs as the published signatures say', async (t) => {
  const file = path.join(vectors, 'ed25519/sign.input')
  if (!existsSync(file)) {
    t.comment('../shared/vectors is not here')
    t.pass('nothing to compare with')
    return
  }
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, 400)
  t.equal(lines.length, 400)
  const agrees = lines.every((line) => {
    // Seed and public key, public key, message, signature and message.
    const [secret = '', publicKey = '', message = '', signed = ''] = line.split(':')
    const seed = hex(secret.slice(0, 64))
    const signature = hex(signed.slice(0, 128))
    const flipped = Buffer.concat([hex(message), Uint8Array.of(0)])
    return (
      publicKeyOf(seed).equals(hex(publicKey)) &&
      isSoundPublicKey(hex(publicKey)) &&
      signEd25519(seed, hex(message)).equals(signature) &&
      verifyEd25519(hex(publicKey), hex(message), signature) &&
      !verifyEd25519(hex(publicKey), flipped, signature)
    )
  })
  t.ok(agrees)
})

t.test('refuses the eight points of low order in all of their encodings', async (t) => {
  const order8 = hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  const eighth = BigInt(`0x${Buffer.from(order8).reverse().toString('hex')}`)
  const canonical = [0n, 1n, p - 1n, eighth, p - eighth]
  for (const y of canonical) {
    t.ok(isIdentityTimes8(y), 'eight times the point is the neutral element')
    for (const sign of [0n, 1n]) t.notOk(isSoundPublicKey(encode(y, sign)), encode(y, sign).toString('hex'))
  }
  for (const y of [p, p + 1n]) {
    for (const sign of [0n, 1n]) t.notOk(isSoundPublicKey(encode(y, sign)), encode(y, sign).toString('hex'))
  }
})

t.test('refuses every y that is not below p, and every y beside the curve', async (t) => {
  for (let more = 0n; more < 19n; more++) {
    for (const sign of [0n, 1n]) t.notOk(isSoundPublicKey(encode(p + more, sign)))
  }
  let points = 0
  for (let y = 2n; y < 200n; y++) {
    const isPoint = xSquaredHasRoot(y)
    if (isPoint) points++
    for (const sign of [0n, 1n]) t.equal(isSoundPublicKey(encode(y, sign)), isPoint, `y = ${y}`)
  }
  t.ok(points > 70 && points < 130, 'about half of all numbers belong to a point')
  for (const length of [0, 31, 33, 64]) t.notOk(isSoundPublicKey(Buffer.alloc(length, 3)))
})

t.test('what would fit every message under a key of low order does not verify', async (t) => {
  // Under the neutral element S B = R + h A holds for R = S B whatever is signed.
  const neutral = encode(1n, 0n)
  const one = Buffer.concat([Uint8Array.of(1), Buffer.alloc(31)])
  const basePoint = Buffer.concat([Uint8Array.of(0x58), Buffer.alloc(31, 0x66)])
  for (const key of [neutral, encode(1n, 1n), encode(p + 1n, 0n)]) {
    for (const message of ['one', 'another']) {
      t.notOk(verifyEd25519(key, Buffer.from(message), Buffer.concat([neutral, Buffer.alloc(32)])))
      t.notOk(verifyEd25519(key, Buffer.from(message), Buffer.concat([basePoint, one])))
    }
  }
})

t.test('other lengths are no signature, no key and no seed', async (t) => {
  const seed = Buffer.alloc(32, 5)
  const key = publicKeyOf(seed)
  const signature = signEd25519(seed, Buffer.from('x'))
  t.ok(verifyEd25519(key, Buffer.from('x'), signature))
  t.notOk(verifyEd25519(key, Buffer.from('x'), signature.subarray(1)))
  t.notOk(verifyEd25519(key, Buffer.from('x'), Buffer.concat([signature, Uint8Array.of(0)])))
  t.notOk(verifyEd25519(key.subarray(1), Buffer.from('x'), signature))
  t.throws(() => publicKeyOf(seed.subarray(1)), RangeError)
})

t.test('remembers no more keys than it may, and the right ones', async (t) => {
  const message = Buffer.from('x')
  for (let i = 0; i < 1100; i++) {
    const seed = Buffer.alloc(32)
    seed.writeUInt32LE(i)
    if (i % 100 === 0) t.ok(verifyEd25519(publicKeyOf(seed), message, signEd25519(seed, message)))
    else publicKeyOf(seed)
  }
})

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

/** RFC 8032, section 5.1.2: y in little-endian order, the sign of x in the top bit. */
function encode(y: bigint, sign: bigint): Buffer {
  const digits = (y + (sign << 255n)).toString(16).padStart(64, '0')
  return hex(digits).reverse()
}

function field(value: bigint): bigint {
  return ((value % p) + p) % p
}

function inverse(value: bigint): bigint {
  return power(value, p - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n
  const half = power(base, exponent / 2n)
  return field(half * half * (exponent % 2n === 1n ? base : 1n))
}

function xSquared(y: bigint): bigint {
  return field((y * y - 1n) * inverse(d * y * y + 1n))
}

function xSquaredHasRoot(y: bigint): boolean {
  return [0n, 1n].includes(power(xSquared(y), (p - 1n) / 2n))
}

/** Doubling keeps to y and x squared: y' = (y^2 + x^2) / (1 - d x^2 y^2). */
function isIdentityTimes8(first: bigint): boolean {
  let y = first
  for (let doubled = 0; doubled < 3; doubled++) {
    const square = xSquared(y)
    y = field((y * y + square) * inverse(1n - d * square * y * y))
  }
  return y === 1n
}
