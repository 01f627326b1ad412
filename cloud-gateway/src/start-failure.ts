/** Why the gateway does not start, for its operator: a sentence that names the setting, where the system only has a code. */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, syscall, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  if (syscall === 'getaddrinfo')
    return `TANBOX_GATEWAY_HOST=${hostname}: there is no host of that name (${code}).`
  if (syscall !== 'listen') return error.message
  const place = `${address}:${port}`
  if (code === 'EADDRINUSE')
    return `The gateway cannot listen on ${place}: another program, perhaps a second gateway, has this port. Set TANBOX_GATEWAY_PORT to another one.`
  if (code === 'EADDRNOTAVAIL')
    return `TANBOX_GATEWAY_HOST=${address}: this machine has no such address. 0.0.0.0 stands for all it has.`
  if (code === 'EACCES')
    return `The gateway may not listen on ${place}: ports below 1024 are the system's. Set TANBOX_GATEWAY_PORT above it, with a proxy before it.`
  return `The gateway cannot listen on ${place} (${code}).`
}
