import type { Server, Socket } from 'node:net'

/** Open connections of one address, and of all together. */
export const connectionLimits = { ofOne: 64, all: 512 } as const

/** Of IPv6 the first 64 bits: one customer has that many addresses. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('%')[0]!.split('::')
  const before = head.split(':').filter((group) => group !== '')
  const after = tail === undefined ? [] : tail.split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after]
  return groups.slice(0, 4).join(':')
}

/** Whether a network is the machine itself: a proxy of it speaks for many. */
export function isThisMachine(network: string): boolean {
  return network.startsWith('127.') || network === '0:0:0:0'
}

/** Ends connections beyond the limits as they come in. Programs of this machine count only among all. */
export function limitConnections(
  server: Server,
  limits: { ofOne: number; all: number } = connectionLimits,
): void {
  const open = new Map<string, number>()
  server.maxConnections = limits.all
  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? '')
    if (isThisMachine(address)) return
    const count = (open.get(address) ?? 0) + 1
    if (count > limits.ofOne) return void socket.destroy()
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}
