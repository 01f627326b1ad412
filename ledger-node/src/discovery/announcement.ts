import { formatVerifierKey } from '../note/key.ts'
import { type Card, type CardText, readCard } from '../peers/card.ts'

/** The card of a box as entries of a DNS TXT record (RFC 6763 section 6), `key=value` each. */

const version = '1'
/** Octets of one entry at most (RFC 1035 section 3.3.14). */
const maxEntry = 255
const maxEntries = 16

/** Null for a card with a key or address that is too long for an entry. */
export function announce(card: Card): Buffer[] | null {
  const entries = [
    `v=${version}`,
    `name=${card.name}`,
    `log=${formatVerifierKey(card.log)}`,
    `cosigner=${formatVerifierKey(card.cosigner)}`,
    ...(card.admin ? [`admin=${formatVerifierKey(card.admin)}`] : []),
    ...card.urls.map((url) => `url=${url}`),
  ].map((entry) => Buffer.from(entry))
  return entries.every(({ length }) => length <= maxEntry) && entries.length <= maxEntries ? entries : null
}

/**
 * Reads what somebody announces. A box without addresses of its own is where the announcement came from.
 * @param from null for a box that cannot be dialled there
 * @throws CardError for keys and addresses that a card cannot have; null for what is no announcement of this version
 */
export function readAnnouncement(entries: readonly Uint8Array[], from: string | null): Card | null {
  if (entries.length > maxEntries) return null
  const values = new Map<string, string[]>()
  for (const entry of entries) {
    const text = Buffer.from(entry).toString('utf8')
    const end = text.indexOf('=')
    if (end < 1) continue
    const key = text.slice(0, end)
    values.set(key, [...(values.get(key) ?? []), text.slice(end + 1)])
  }
  const one = (key: string) => (values.get(key)?.length === 1 ? values.get(key)![0]! : null)
  const [name, log, cosigner, admin] = [one('name'), one('log'), one('cosigner'), one('admin')]
  if (one('v') !== version || !name || log === null || cosigner === null || name.length > 64) return null
  const card: CardText = {
    format: 'tanbox-peer@1',
    // It is shown to a person: nothing in it turns the direction of writing or is invisible.
    name: name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' '),
    log,
    cosigner,
    ...(admin !== null && { admin }),
    urls: (values.get('url') ?? (from === null ? [] : [from])).slice(0, 8),
  }
  return readCard(card)
}
