import t from 'tap'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { signEd25519 } from '../../src/note/ed25519.ts'
import { formatVerifierKey, keyId, mlDsaKeyType, type VerifierKey } from '../../src/note/key.ts'
import { parseNote, signatureLine } from '../../src/note/note.ts'
import { octetsOfText, textOfOctets } from '../../src/note/octets.ts'
import {
  checkPolicy,
  defaultPolicy,
  describe,
  formatPolicy,
  maxPolicyBytes,
  type Policy,
  parsePolicy,
} from '../../src/note/policy.ts'
import { maxPolicyItems, PolicyError } from '../../src/note/policy-rules.ts'
import { logSigner, witnessSigner } from './signers.ts'

const log = logSigner()
const witnesses = Array.from({ length: 10 }, (_, i) => witnessSigner(`witness.example/${i}`, i))
const mlDsa = pqKey('pq.example/w', 7)

/** Witness lines X1..X3 and Y1..Y3 of the example of the tlog-policy text. */
const six = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name, i) => `witness ${name} ${vkey(i)}`).join('\n')
const example = `log ${formatVerifierKey(log)}

${six}
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

t.test('reads the example of the tlog-policy text', async (t) => {
  const policy = parsePolicy(Buffer.from(example))
  t.match(policy.logs, [{ key: { name: log.name } }])
  t.strictSame(
    policy.witnesses.map(({ name }) => name),
    ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'],
  )
  for (const enough of ['X1 X2 Y1', 'X2 X3 Y3', 'X1 X2 X3 Y1 Y2 Y3']) t.ok(satisfied(policy, enough), enough)
  for (const few of ['', 'X1 Y1', 'X1 X2 X3', 'Y1 Y2 Y3', 'X1 Y1 Y2 Y3', 'X1 X2 Z1']) {
    t.notOk(satisfied(policy, few), few)
  }
  t.equal(describe(policy), null)
})

t.test('any, all and numbers ask for as many as they say', async (t) => {
  for (const [k, needed] of [
    ['any', 1],
    ['all', 3],
    ['1', 1],
    ['2', 2],
    ['3', 3],
  ] as const) {
    const policy = parsePolicy(`${six}\ngroup g ${k} X1 X2 X3\nquorum g\n`)
    const names = ['X1', 'X2', 'X3']
    for (let n = 0; n <= 3; n++) t.equal(satisfied(policy, names.slice(0, n).join(' ')), n >= needed)
    t.strictSame(describe(policy), { k: needed, n: 3 })
  }
})

t.test('a quorum is a witness, or none', async (t) => {
  const one = parsePolicy(`${six}\nquorum X2\n`)
  t.ok(satisfied(one, 'X2'))
  t.notOk(satisfied(one, 'X1 X3'))
  t.strictSame(describe(one), { k: 1, n: 1 })
  for (const text of ['quorum none\n', `${six}\nquorum none\n`]) {
    const none = parsePolicy(text)
    t.ok(satisfied(none, ''))
    t.strictSame(describe(none), { k: 0, n: 0 })
  }
})

t.test('groups nest as deep as there may be groups', async (t) => {
  const lines = [six, 'group g0 all X1']
  for (let i = 1; i < maxPolicyItems; i++) lines.push(`group g${i} all g${i - 1}`)
  const policy = parsePolicy(`${lines.join('\n')}\nquorum g${maxPolicyItems - 1}\n`)
  t.ok(satisfied(policy, 'X1'))
  t.notOk(satisfied(policy, 'X2'))
})

t.test('comments, empty lines, tabs and spaces are let pass', async (t) => {
  const text = `# a comment é \xff\n\n \t \n\t# another\n  witness\t A \t ${vkey(0)}  https://a.example/  \n#\n\tquorum  A`
  const policy = parsePolicy(text)
  t.match(policy.witnesses, [{ name: 'A', url: 'https://a.example/' }])
  t.equal(parsePolicy(`quorum none\nlog ${formatVerifierKey(log)} u\n`).logs[0]?.url, 'u')
})

t.test('refuses what breaks a rule, and names the line', async (t) => {
  const w = `witness A ${vkey(0)}`
  const texts: [string, number | null][] = [
    ['', null],
    ['# nothing\n', null],
    [`${w}\n`, null],
    [`${w}\nquorum A\nquorum A\n`, 3],
    ['quorum none\nquorum none\n', 2],
    [`quorum A\n${w}\n`, 1],
    ['quorum\n', 1],
    ['quorum none none\n', 1],
    ['Quorum none\n', 1],
    ['quorums none\n', 1],
    [`${w}\n${w.replace('A', 'B')}\nquorum A\n`, 2],
    [`${w}\nwitness A ${vkey(1)}\nquorum A\n`, 2],
    [`witness none ${vkey(0)}\nquorum none\n`, 1],
    ['witness A\nquorum A\n', 1],
    [`${w} url more\nquorum A\n`, 1],
    ['witness A key\nquorum A\n', 1],
    [`witness A ${formatVerifierKey(log)}\nquorum A\n`, 1],
    [`log ${vkey(0)}\nquorum none\n`, 1],
    ['log\nquorum none\n', 1],
    [`log ${formatVerifierKey(log)} url more\nquorum none\n`, 1],
    [`log ${formatVerifierKey(log)}\nlog ${formatVerifierKey(log)}\nquorum none\n`, 2],
    [`log ${formatVerifierKey(log)}\nlog ${formatVerifierKey(logSigner('renamed'))}\nquorum none\n`, 2],
    [`${w}\nwitness B ${formatVerifierKey(witnessSigner('renamed', 0))}\nquorum A\n`, 2],
    [`${w}\ngroup g any\nquorum A\n`, 2],
    [`${w}\ngroup g\nquorum A\n`, 2],
    [`${w}\ngroup g any B\nquorum A\n`, 2],
    [`${w}\ngroup g any g\nquorum A\n`, 2],
    [`${w}\ngroup g any h\ngroup h any A\nquorum A\n`, 2],
    [`${w}\ngroup g any none\nquorum A\n`, 2],
    [`${w}\ngroup none any A\nquorum A\n`, 2],
    [`${w}\ngroup A any A\nquorum A\n`, 2],
    [`${w}\ngroup g any A A\nquorum g\n`, 2],
    [`${w}\ngroup g any A\ngroup h any A\nquorum g\n`, 3],
    [`${w}\ngroup g any A\ngroup h any g A\nquorum h\n`, 3],
    ...['0', '2', '-1', '+1', '01', '1.0', 'ANY', 'some', '١', '99999999999999999999'].map(
      (k): [string, number] => [`${w}\ngroup g ${k} A\nquorum g\n`, 2],
    ),
  ]
  for (const [text, line] of texts)
    t.throws(() => parsePolicy(text), { name: 'PolicyError', line }, text.slice(-40))
})

t.test('keys that are not sound are refused', async (t) => {
  const publicKey = Buffer.from(`01${'00'.repeat(31)}`, 'hex')
  const key = { name: 'low', id: keyId('low', 4, publicKey), type: 4, publicKey }
  t.throws(() => parsePolicy(`witness A ${formatVerifierKey(key)}\nquorum A\n`), {
    name: 'PolicyError',
    line: 1,
  })
})

t.test('tab and line feed are the only control characters', async (t) => {
  for (let octet = 0; octet < 256; octet++) {
    const text = Buffer.concat([Buffer.from('# '), Buffer.of(octet), Buffer.from('\nquorum none\n')])
    const isForbidden = (octet < 0x20 && octet !== 9 && octet !== 10) || octet === 0x7f
    if (isForbidden) t.throws(() => parsePolicy(text), { name: 'PolicyError', line: 1 }, `octet ${octet}`)
    else t.equal(parsePolicy(text).quorum.kind, 'none', `octet ${octet}`)
  }
  t.throws(() => parsePolicy('quorum none\r\n'), PolicyError)
})

t.test('names are octets: the Kelvin sign is no K, and what is not UTF-8 is a name too', async (t) => {
  const names = [
    Buffer.from('K'),
    Buffer.from('\u212a'),
    Buffer.from('é'.normalize('NFC')),
    Buffer.from('é'.normalize('NFD')),
    Buffer.of(0xe9),
    Buffer.from('à 碳'.replace(' ', '\u00a0')),
    Buffer.of(0xa0),
    Buffer.of(0x85),
    Buffer.from('\ufeff'),
    Buffer.of(0xed, 0xa0, 0x80),
  ]
  const parts = names.flatMap((name, i) => [Buffer.from('witness '), name, Buffer.from(` ${vkey(i)}\n`)])
  const members = names.flatMap((name) => [Buffer.from(' '), name])
  const file = Buffer.concat([...parts, Buffer.from('group g 10'), ...members, Buffer.from('\nquorum g\n')])
  const policy = parsePolicy(file)
  t.equal(new Set(policy.witnesses.map(({ name }) => name)).size, names.length)
  t.strictSame(formatPolicy(policy), file)
  t.equal(policy.witnesses[5]?.name, 'à\u00a0碳')
  for (const name of names) t.strictSame(octetsOfText(textOfOctets(name)), name)
  for (const none of ['\ud800', 'é\udce9', '\udc41', '\u{1f600}\udc80']) t.equal(octetsOfText(none), null)
})

t.test('at least 32 logs, witnesses and groups; up to a limit', async (t) => {
  for (const count of [32, maxPolicyItems]) {
    const policy = parsePolicy(large(count))
    t.equal(policy.logs.length, count)
    t.equal(policy.witnesses.length, count)
    t.equal(policy.groups.length, count)
    t.strictSame(formatPolicy(parsePolicy(formatPolicy(policy))), formatPolicy(policy))
  }
  t.throws(() => parsePolicy(large(maxPolicyItems + 1)), PolicyError)
  const padded = `quorum none\n#${'x'.repeat(maxPolicyBytes)}`
  t.equal(parsePolicy(padded.slice(0, maxPolicyBytes)).quorum.kind, 'none')
  t.throws(() => parsePolicy(padded.slice(0, maxPolicyBytes + 1)), PolicyError)
})

t.test('reads what it writes', async (t) => {
  const policy = parsePolicy(example.replace(vkey(5), `${vkey(5)} https://y3.example/`))
  const again = parsePolicy(formatPolicy(policy))
  t.strictSame(again.logs, policy.logs)
  t.strictSame(again.witnesses, policy.witnesses)
  t.strictSame(again.quorum, policy.quorum)
  t.equal(parsePolicy(formatPolicy(parsePolicy('quorum none'))).quorum.kind, 'none')
})

t.test('a checkpoint is final when its log signed and the quorum cosigned', async (t) => {
  const policy = parsePolicy(example)
  const note = signed(log)
  const { text } = parseNote(note)
  const lines = witnesses.map((witness) => cosign(text, witness, 5n))
  t.strictSame(checkPolicy(policy, Buffer.from(note)), {
    log: policy.logs[0]!.key,
    witnesses: [],
    final: false,
  })
  const two = checkPolicy(policy, note + lines[4] + lines[0])
  t.strictSame([two.witnesses, two.final], [['X1', 'Y2'], false])
  const three = checkPolicy(policy, note + lines[4] + lines[0] + lines[2])
  t.strictSame([three.witnesses, three.final], [['X1', 'X3', 'Y2'], true])
  const strangers = checkPolicy(policy, note + lines.slice(6).join(''))
  t.strictSame(strangers.witnesses, [])
  const twice = checkPolicy(policy, note + lines[0] + cosign(text, witnesses[0]!, 6n) + lines[3])
  t.strictSame([twice.witnesses, twice.final], [['X1', 'Y1'], false])
  t.throws(() => checkPolicy(policy, note + signatureLine(witnesses[0]!, Buffer.alloc(72))), {
    code: 'bad-signature',
  })
  t.throws(() => checkPolicy(policy, signed(logSigner('other', 5))), { code: 'wrong-origin' })
  t.throws(() => checkPolicy(policy, signed(logSigner(log.name, 5))), { code: 'unknown-key' })
})

t.test('any of the logs listed may have signed; a key narrows that to one', async (t) => {
  const other = logSigner('other', 5)
  const policy = parsePolicy(`log ${formatVerifierKey(log)}\nlog ${formatVerifierKey(other)}\nquorum none\n`)
  t.equal(checkPolicy(policy, signed(log)).log.name, log.name)
  t.equal(checkPolicy(policy, signed(other)).log.name, 'other')
  t.ok(checkPolicy(policy, signed(other), other).final)
  t.throws(() => checkPolicy(policy, signed(other), log), { code: 'wrong-origin' })
  t.throws(() => checkPolicy(policy, signed(logSigner('third', 6)), logSigner('third', 6)), {
    code: 'wrong-origin',
  })
})

t.test('without logs the key of the log has to be given', async (t) => {
  const policy = parsePolicy(`witness A ${vkey(0)}\nquorum A\n`)
  const note = signed(log) + cosign(parseNote(signed(log)).text, witnesses[0]!, 5n)
  t.strictSame(checkPolicy(policy, note, log).witnesses, ['A'])
  t.ok(checkPolicy(policy, note, log).final)
  t.throws(() => checkPolicy(policy, note), { code: 'wrong-origin' })
  t.throws(() => checkPolicy(policy, note, logSigner('other', 2)), { code: 'wrong-origin' })
})

t.test('a cosignature of time 0 does not make a checkpoint final', async (t) => {
  const policy = parsePolicy(`witness A ${vkey(0)}\nquorum A\n`)
  const note = signed(log)
  const message = Buffer.from(`cosignature/v1\ntime 0\n${parseNote(note).text}`)
  const signature = Buffer.concat([Buffer.alloc(8), signEd25519(witnesses[0]!.seed, message)])
  const checked = checkPolicy(policy, note + signatureLine(witnesses[0]!, signature), log)
  t.strictSame([checked.witnesses, checked.final], [[], false])
})

t.test('keys of ML-DSA-44 may be listed, and what they sign is skipped', async (t) => {
  const file = `log ${formatVerifierKey(log)}\nlog ${formatVerifierKey(pqKey(log.name, 9))}\nwitness A ${vkey(0)}
witness P ${formatVerifierKey(mlDsa)}\ngroup g any A P\nquorum g\n`
  const policy = parsePolicy(file)
  t.equal(formatPolicy(policy).toString(), file.replace('any', '1'))
  const note = signed(log) + signatureLine(mlDsa, Buffer.alloc(2428, 1))
  t.notOk(checkPolicy(policy, note).final)
  t.ok(checkPolicy(policy, note + cosign(parseNote(note).text, witnesses[0]!, 5n)).final)
})

t.test('the policy of a box asks for floor((n+f)/2)+1 of n', async (t) => {
  const expected = [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7]
  for (const [n, k] of expected.entries()) {
    const policy = defaultPolicy(witnesses.slice(0, n).map((key) => ({ name: key.name, key })))
    t.strictSame(describe(policy), { k, n })
    const names = policy.witnesses.map(({ name }) => name)
    t.ok(policy.satisfiedBy(new Set(names.slice(0, k))))
    if (k > 0) t.notOk(policy.satisfiedBy(new Set(names.slice(0, k - 1))))
    t.strictSame(parsePolicy(formatPolicy(policy)).quorum, policy.quorum)
  }
  t.equal(formatPolicy(defaultPolicy([])).toString(), 'quorum none\n')
})

t.test(
  'two sets that are enough have an honest witness in common, and the honest alone are enough',
  async (t) => {
    for (let n = 4; n <= maxPolicyItems; n++) {
      const f = Math.floor((n - 1) / 3)
      const k = Math.floor((n + f) / 2) + 1
      t.ok(2 * k - n > f && n - f >= k, `n = ${n}`)
    }
  },
)

t.test('the policy of a box refuses names and keys that a file could not hold', async (t) => {
  const [first, second] = [witnesses[0]!, witnesses[1]!]
  const wrong = ['', 'a b', 'a\tb', 'a\nquorum none', 'none', '\ud800', '\u007f']
  for (const name of wrong) t.throws(() => defaultPolicy([{ name, key: first }]), PolicyError)
  t.throws(() => defaultPolicy([{ name: 'a', key: first, url: 'x y' }]), PolicyError)
  t.throws(
    () =>
      defaultPolicy([
        { name: 'a', key: first },
        { name: 'a', key: second },
      ]),
    PolicyError,
  )
  t.throws(
    () =>
      defaultPolicy([
        { name: 'a', key: first },
        { name: 'b', key: first },
      ]),
    PolicyError,
  )
  t.throws(() => defaultPolicy([{ name: 'a', key: log }]), PolicyError)
  const taken = defaultPolicy([
    { name: 'witnesses', key: first },
    { name: 'witnesses-', key: second },
  ])
  t.strictSame(describe(parsePolicy(formatPolicy(taken))), { k: 2, n: 2 })
})

function vkey(i: number): string {
  return formatVerifierKey(witnesses[i]!)
}

function pqKey(name: string, fill: number): VerifierKey {
  const publicKey = Buffer.alloc(1312, fill)
  return { name, id: keyId(name, mlDsaKeyType, publicKey), type: mlDsaKeyType, publicKey }
}

function satisfied(policy: Policy, names: string): boolean {
  return policy.satisfiedBy(new Set(names.split(' ')))
}

function signed(signer: ReturnType<typeof logSigner>): string {
  return signCheckpoint({ origin: signer.name, size: 5n, root: Buffer.alloc(32, 7), extensions: [] }, signer)
}

/** So many logs, witnesses, and groups of one witness each but the last, which is over all of them. */
function large(count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i)
  const groups = numbers.slice(1)
  return [
    ...numbers.map((i) => `log ${formatVerifierKey(logSigner(`log/${i}`, i))}`),
    ...numbers.map((i) => `witness w${i} ${formatVerifierKey(witnessSigner(`w/${i}`, 1000 + i))}`),
    ...groups.map((i) => `group g${i} all w${i}`),
    `group every all w0 ${groups.map((i) => `g${i}`).join(' ')}`,
    'quorum every\n',
  ].join('\n')
}
