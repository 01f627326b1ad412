import type { PeerResponse } from './exchange.ts'

export const plainText = 'text/plain; charset=utf-8'

/** An answer of text. An error says in one sentence what is wrong, for whoever runs the other side. */
export function answer(status: number, text: string, type: string = plainText): PeerResponse {
  return { status, type, body: Buffer.from(text) }
}

/** The reason an error answer gives, short enough to be shown whatever the other side sent. */
export function reasonIn({ status, body }: PeerResponse): string {
  const text = Buffer.from(body.subarray(0, 300)).toString('utf8')
  const line = text
    .split('\n')[0]!
    .replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, ' ')
    .trim()
  return line === '' ? `answered ${status}` : `answered ${status}: ${line.slice(0, 200)}`
}
