/**
 * Why the gateway does not start, for its operator: a sentence that names the setting where the system only has a code.
 * In both languages: who reads a log has told nobody which one he wants.
 */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, syscall, path, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  const both = (zh: string, en: string) => `${zh}\n${en}`
  if (syscall === 'getaddrinfo')
    return both(
      `TANBOX_GATEWAY_HOST=${hostname}：没有这个主机（${code}）。`,
      `TANBOX_GATEWAY_HOST=${hostname}: there is no host of that name (${code}).`,
    )
  if (syscall === 'mkdir')
    return both(
      `不能建立文件夹 ${path}（${code}）。请用 TANBOX_GATEWAY_DATA 指定另一个。`,
      `The folder ${path} cannot be made (${code}). Set TANBOX_GATEWAY_DATA to another one.`,
    )
  if (syscall !== 'listen') return error.message
  const place = `${address}:${port}`
  if (code === 'EADDRINUSE')
    return both(
      `网关无法监听 ${place}：端口已被别的程序（也许是另一个网关）占用。请用 TANBOX_GATEWAY_PORT 换一个。`,
      `The gateway cannot listen on ${place}: another program, perhaps a second gateway, has this port. Set TANBOX_GATEWAY_PORT to another one.`,
    )
  if (code === 'EADDRNOTAVAIL')
    return both(
      `TANBOX_GATEWAY_HOST=${address}：本机没有这个地址。0.0.0.0 表示本机所有地址。`,
      `TANBOX_GATEWAY_HOST=${address}: this machine has no such address. 0.0.0.0 stands for all it has.`,
    )
  if (code === 'EACCES')
    return both(
      `网关不能监听 ${place}：1024 以下的端口归系统。请设置更大的 TANBOX_GATEWAY_PORT，并在前面放一个代理。`,
      `The gateway may not listen on ${place}: ports below 1024 are the system's. Set TANBOX_GATEWAY_PORT above it, with a proxy before it.`,
    )
  return both(`网关无法监听 ${place}（${code}）。`, `The gateway cannot listen on ${place} (${code}).`)
}
