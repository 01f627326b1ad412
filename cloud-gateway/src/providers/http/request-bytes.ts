/** A request as it is written (RFC 9112). */

export interface RequestContent {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** JSON text; null for none. */
  body: string | null
}

/** Null where a header holds what no header may (RFC 9110, section 5.5). */
export function requestBytes(url: URL, { method, headers, body }: RequestContent): Buffer | null {
  const all: Record<string, string> = { host: url.host, ...headers }
  const bytes = body === null ? null : Buffer.from(body)
  if (bytes) {
    all['content-type'] = 'application/json'
    all['content-length'] = String(bytes.length)
  }
  const fields = Object.entries(all)
  if (fields.some(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value))) return null
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const start = Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${head}\r\n`, 'latin1')
  return bytes ? Buffer.concat([start, bytes]) : start
}
