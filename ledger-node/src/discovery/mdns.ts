import type { RemoteInfo } from 'node:dgram'
import multicastDns, { type Options, type ResponsePacket } from 'multicast-dns'
import { type Card, CardError } from '../peers/card.ts'
import { announce, readAnnouncement } from './announcement.ts'

const service = '_tanbox-ledger._tcp.local'
/** Seconds that others keep what they were told. */
const ttl = 120
const queryEveryMs = 60_000
/** Answers are sent no more often than this, whoever asks. */
const answerEveryMs = 1000
const maxFound = 64
/** Port in the SRV record of a box that cannot be dialled. */
const nowhere = 0

export interface DiscoverySettings {
  card: () => Card
  /** 16 hex digits: the name under which the box announces itself. */
  box: string
  /** Where other boxes can dial it; null for one that listens on its own machine alone, and only dials out. */
  port: number | null
  notice: (sentence: string) => void
  /** Of multicast-dns; a test stays on loopback. */
  options?: Options
}

export interface Discovery {
  /** Cards that were announced lately by others. Nobody has vouched for them. */
  found(): Card[]
  close(): void
}

/** Announces this box on the local network and listens to others (RFC 6762, RFC 6763). */
export function startDiscovery(settings: DiscoverySettings): Discovery {
  const { card, box, port, notice } = settings
  const instance = `${box}.${service}`
  const found = new Map<string, { card: Card; until: number }>()
  const mdns = multicastDns(settings.options)
  let answeredAt = 0
  let closed = false

  // Without multicast the node works all the same.
  mdns.on('error', (error: Error) => notice(`Discovery does not work: ${error.message}`))
  mdns.on('warning', () => {})
  mdns.on('query', ({ questions }) => {
    const names = [service, instance]
    const asked = questions.some(({ name }) => names.includes(name.toLowerCase()))
    if (asked && Date.now() - answeredAt >= answerEveryMs) answer()
  })
  mdns.on('response', (packet, from) => listen(packet, from))

  function answer(): void {
    const entries = announce(card())
    if (!entries) {
      notice('The card of this box is too long to be announced on the network.')
      return
    }
    answeredAt = Date.now()
    const target = `${box}.local`
    mdns.respond({
      answers: [{ name: service, type: 'PTR', ttl, data: instance }],
      additionals: [
        { name: instance, type: 'SRV', ttl, data: { port: port ?? nowhere, target, priority: 0, weight: 0 } },
        { name: instance, type: 'TXT', ttl, data: entries },
      ],
    })
  }

  function listen({ answers, additionals }: ResponsePacket, from: RemoteInfo): void {
    const records = [...answers, ...additionals].filter(
      ({ name }) => name.toLowerCase().endsWith(`.${service}`) && name !== instance,
    )
    for (const record of records) {
      if (record.type !== 'TXT') continue
      const srv = records.find(({ name, type }) => type === 'SRV' && name === record.name)
      const portThere = srv?.type === 'SRV' ? srv.data.port : nowhere
      const entries = [record.data].flat().map((entry) => Buffer.from(entry))
      const host = from.family === 'IPv6' ? `[${from.address}]` : from.address
      const url = portThere === nowhere ? null : `http://${host}:${portThere}`
      keep(entries, url, Math.min(record.ttl ?? ttl, 2 * ttl))
    }
  }

  function keep(entries: readonly Buffer[], url: string | null, seconds: number): void {
    try {
      const there = readAnnouncement(entries, url)
      if (!there || there.log.publicKey.equals(card().log.publicKey)) return
      const key = there.log.publicKey.toString('hex') + there.log.name
      forget()
      if (seconds === 0) found.delete(key)
      else if (found.has(key) || found.size < maxFound)
        found.set(key, { card: there, until: Date.now() + seconds * 1000 })
    } catch (error) {
      if (!(error instanceof CardError)) throw error
    }
  }

  function forget(): void {
    for (const [key, { until }] of found) if (until < Date.now()) found.delete(key)
  }

  function ask(): void {
    if (!closed) mdns.query([{ name: service, type: 'PTR' }])
  }

  mdns.on('ready', () => {
    ask()
    answer()
  })
  const timer = setInterval(ask, queryEveryMs)
  timer.unref()
  return {
    found() {
      forget()
      return [...found.values()].map((each) => each.card)
    },
    close() {
      closed = true
      clearInterval(timer)
      mdns.destroy()
    },
  }
}
