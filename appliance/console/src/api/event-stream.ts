export interface StreamedEvent {
  event: string
  data: string
}

/**
 * Takes the text of a `text/event-stream` piece by piece and returns the events that each piece completes (WHATWG
 * HTML, 9.2.6). `id` and `retry` fields are not used by the box and are passed over.
 */
export function createEventParser(): (text: string) => StreamedEvent[] {
  let pending = ''
  let event = ''
  let data: string[] = []
  let sawCarriageReturn = false

  function readLine(line: string): StreamedEvent | null {
    if (line === '') {
      const complete = data.length > 0 ? { event: event || 'message', data: data.join('\n') } : null
      event = ''
      data = []
      return complete
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
    return null
  }

  return (text) => {
    // A line may end in CR LF, and the two may arrive in different pieces.
    pending += sawCarriageReturn && text.startsWith('\n') ? text.slice(1) : text
    sawCarriageReturn = text === '' ? sawCarriageReturn : text.endsWith('\r')
    const lines = pending.split(/\r\n|\r|\n/)
    pending = lines.pop()!
    return lines.map(readLine).filter((complete) => complete !== null)
  }
}

/** The events of a response's body, in order, until the box closes it. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamedEvent> {
  const parse = createEventParser()
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      yield* parse(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
