import t from 'tap'
import { formatMessage, maxMessageBytes, parseMessage } from '../../src/peers/gossip-message.ts'

const empty = { notes: [], forks: [], statements: [] }
const parse = (value: unknown) => parseMessage(Buffer.from(JSON.stringify(value)))

t.test('a message is read as it was written', async (t) => {
  const message = { notes: ['a note\n'], forks: ['a'.repeat(64)], statements: ['b'.repeat(64)] }
  t.same(parseMessage(formatMessage(message)), message)
})

t.test('what is no message is nothing', async (t) => {
  t.equal(parseMessage(Buffer.from('{')), null)
  for (const wrong of [
    null,
    [],
    { ...empty, more: 1 },
    { notes: [], forks: [] },
    { ...empty, notes: [1] },
    { ...empty, forks: ['A'.repeat(64)] },
    { ...empty, statements: ['short'] },
    { ...empty, forks: Array(513).fill('a'.repeat(64)) },
    { ...empty, notes: Array(2049).fill('') },
  ])
    t.equal(parse(wrong), null)
  t.equal(parseMessage(Buffer.alloc(maxMessageBytes + 1, 0x20)), null)
})

t.test('what is too much for one message is left out', async (t) => {
  const notes = Array.from({ length: 200 }, () => '\u0001'.repeat(8000))
  const bytes = formatMessage({ ...empty, notes, forks: Array(600).fill('a'.repeat(64)) })
  t.ok(bytes.length <= maxMessageBytes, `${bytes.length}`)
  t.ok(parseMessage(bytes))
})

t.test('long notes of one log leave no note of another out', async (t) => {
  const long = Array.from({ length: 16 }, (_, at) => `${at}${'x'.repeat(120_000)}`)
  const read = parseMessage(formatMessage({ notes: [...long, 'a', 'b'], forks: [], statements: [] }))
  t.same(read?.notes.slice(-2), ['a', 'b'])
  t.same(read?.notes.slice(0, -2), long.slice(0, 7), 'and the others come as they would')
})
