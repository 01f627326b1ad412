import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'

/**
 * Who asks, for limits by address: the peer of the connection, or, where that is one of our proxies, the last address
 * in X-Forwarded-For that is not. What a client writes into that header itself stands further left and is not read.
 */
export function clientAddress(request: IncomingMessage, proxies: ReadonlySet<string>): string {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',')
  let address = plain(request.socket.remoteAddress ?? '')
  while (proxies.has(address)) {
    const before = plain(forwarded.pop()?.trim() ?? '')
    if (before === '') break
    address = before
  }
  return networkOf(address)
}

/** An IPv4 address that came over IPv6 as what it is; nothing for what is no address. */
function plain(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIPv4(bare) || isIPv6(bare) ? bare : ''
}

/** Whom limits count as one: an IPv4 address, or a /64 of IPv6, which is what one customer has. */
export function networkOf(of: string): string {
  const address = plain(of)
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':')
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
