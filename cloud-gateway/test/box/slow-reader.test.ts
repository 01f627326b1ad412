import t from 'tap'
import { never, newRid, payloadOf, question } from '../support/questions.ts'
import { script, scriptedGateway } from '../support/scripted-gateway.ts'
import { testBox } from '../support/test-box.ts'
import { until } from '../support/until.ts'

const kibibyte = 'x'.repeat(1024)

/** A gateway that keeps to the window, and counts. */
async function paying(t: Parameters<typeof testBox>[0], pieces: number) {
  const gateway = await scriptedGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const box = testBox(t, gateway.url)
  const link = await gateway.link()
  await until(() => box.client.state === 'connected')
  const rid = newRid()
  const said = script(
    rid,
    Array.from({ length: pieces }, () => kibibyte),
  )
  const reading = box.client.ask(payloadOf(question()), { rid, deadlineMs: 60_000 }, never)
  const first = reading.next()
  const ask = await link.next('ask')
  const counts = { sent: 0, acknowledged: 0, frames: 0 }
  let window = { seq: 0, bytes: ask.credit }
  const pump = () => {
    while (counts.sent < pieces && (counts.sent - window.seq + 1) * 1024 <= window.bytes) {
      counts.sent += 1
      link.say(said.delta(counts.sent))
    }
    if (counts.sent === pieces) link.say(said.end())
  }
  link.socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type !== 'credit') return
    window = message
    counts.acknowledged = message.seq
    counts.frames += 1
    pump()
  })
  link.say(said.accepted())
  pump()
  await first
  return { box, link, reading, counts, ask }
}

t.test('a reader that stands still stops the gateway at the window; what came is acknowledged', async (t) => {
  const { counts, reading, ask } = await paying(t, 200)
  t.equal(ask.credit, 65_536)
  await until(() => counts.acknowledged === 64)
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.equal(counts.sent, 64)
  t.ok(counts.frames <= 10, `${counts.frames} frames`)
  await reading.return(undefined)
})

t.test('a reader that reads slowly sets the pace', async (t) => {
  const { counts, reading } = await paying(t, 200)
  let read = 0
  let most = 0
  for await (const event of reading) {
    if (event.type !== 'delta') continue
    // Deltas that wait are joined: count what they hold.
    read += event.text.length / 1024
    most = Math.max(most, counts.sent - read)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  t.equal(read, 200)
  t.ok(most <= 64, `${most} KiB under way at most`)
})

t.test('short deltas that wait are joined and lose nothing', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const link = await gateway.link()
  await until(() => box.client.state === 'connected')
  const rid = newRid()
  const texts = Array.from({ length: 5000 }, (_, index) => `${index} `)
  const said = script(rid, texts)
  const reading = box.client.ask(payloadOf(question()), { rid, deadlineMs: 60_000 }, never)
  const first = reading.next()
  await link.next('ask')
  link.say(said.accepted(), ...said.deltas(), said.end())
  await first
  await link.next('ack')
  let text = ''
  let events = 0
  for await (const event of reading) {
    events += 1
    if (event.type === 'delta') text += event.text
  }
  t.equal(text, texts.join(''))
  t.ok(events < 100, `${events} events`)
})

t.test('a gateway that sends beyond the window is left', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const link = await gateway.link()
  await until(() => box.client.state === 'connected')
  const rid = newRid()
  const said = script(
    rid,
    Array.from({ length: 80 }, () => kibibyte),
  )
  const reading = box.client.ask(payloadOf(question()), { rid, deadlineMs: 60_000 }, never)
  const first = reading.next()
  await link.next('ask')
  link.say(said.accepted(), ...said.deltas(1, 80))
  await first
  t.equal(await link.closed, 4400)
})

t.test('a fast reader is not held up: few frames, and the window stays open', async (t) => {
  const { counts, reading } = await paying(t, 512)
  let bytes = 0
  for await (const event of reading) if (event.type === 'delta') bytes += event.text.length
  t.equal(bytes, 512 * 1024)
  t.ok(counts.frames <= 70, `${counts.frames} frames for 512 KiB`)
})
