/** One event of a `text/event-stream`, its data as parsed JSON. */
export interface ServerEvent {
  event: string
  data: unknown
}

/** More than any single event of ours; a server that sends more in one is not the appliance. */
const maxEventCharacters = 16 * 1024 * 1024

/** Reads a stream of events (WHATWG HTML, section 9.2.6, as far as the appliance uses it). Comments are skipped. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxEventCharacters) throw new Error('an event is too large')
    for (let end = text.search(/\r?\n\r?\n/); end >= 0; end = text.search(/\r?\n\r?\n/)) {
      const block = text.slice(0, end)
      text = text.slice(end).replace(/^\r?\n\r?\n/, '')
      const event = parseBlock(block)
      if (event) yield event
    }
  }
}

function parseBlock(block: string): ServerEvent | null {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) event = line.slice(6).trim()
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
  }
  return data.length > 0 ? { event, data: JSON.parse(data.join('\n')) as unknown } : null
}
