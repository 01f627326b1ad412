import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { canonicalJson } from '../src/canonical-json.ts'

const vectors = fileURLToPath(new URL('../../../shared/vectors/jcs/testdata', import.meta.url))

t.test('agrees with the published vectors of RFC 8785, byte for byte', async (t) => {
  if (!existsSync(vectors)) {
    t.comment('../shared/vectors is not here')
    t.pass('nothing to compare with')
    return
  }
  const names = readdirSync(`${vectors}/input`)
  t.ok(names.length >= 6)
  t.strictSame(readdirSync(`${vectors}/output`), names, 'every vector has its text')
  t.equal(readdirSync(`${vectors}/outhex`).length, names.length, 'and its bytes')
  for (const name of names) {
    const input: unknown = JSON.parse(readFileSync(`${vectors}/input/${name}`, 'utf8'))
    const outhex = readFileSync(`${vectors}/outhex/${name.replace('.json', '.txt')}`, 'utf8')
    const canonical = canonicalJson(input)
    t.equal(Buffer.from(canonical).toString('hex'), outhex.replace(/\s/g, ''), name)
    const output = readFileSync(`${vectors}/output/${name}`, 'utf8')
    t.equal(canonical, output, `${name} as text`)
    t.equal(canonicalJson(JSON.parse(output)), output, `${name} stays as it is`)
  }
})

t.test('sorts by UTF-16 code units, which differs from code points', async (t) => {
  // U+1F600 is the pair D83D DE00 and comes before U+FB33 although its code point is larger.
  t.equal(canonicalJson({ '\ufb33': 1, '\u{1f600}': 2 }), '{"\u{1f600}":2,"\ufb33":1}')
})

t.test('writes numbers as ECMAScript does', async (t) => {
  t.equal(
    canonicalJson([1e21, 1e-7, -0, 0.1, 333333333.3333333, 4.5, 1e30]),
    '[1e+21,1e-7,0,0.1,333333333.3333333,4.5,1e+30]',
  )
})

t.test('escapes control characters in their short or lower-case form', async (t) => {
  t.equal(canonicalJson('\u0000\b\t\n\f\r\u001f"\\/\u007f'), '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/\u007f"')
})

t.test('leaves out members that are undefined and keeps those that are null', async (t) => {
  t.equal(canonicalJson({ b: undefined, a: null }), '{"a":null}')
})

t.test('a member called __proto__ is a member like others', async (t) => {
  t.equal(canonicalJson(JSON.parse('{"z":1,"__proto__":2}')), '{"__proto__":2,"z":1}')
})

t.test('refuses what has no canonical form', async (t) => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '\ud800',
    { '\udc00': 1 },
    undefined,
    1n,
    () => 1,
    new Date(),
    new Map(),
    cyclic,
    [undefined],
  ]) {
    t.throws(() => canonicalJson(value), TypeError)
  }
})
