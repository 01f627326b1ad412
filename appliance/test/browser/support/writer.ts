import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A language model from outside the house: an OpenAI-compatible server that quotes one sentence of every passage it
 * is given and cites it, slowly enough to be watched. What it writes depends on words in the question:
 * `慢` writes on and on, `坏` fails, `毒` adds what a careless model might: links, pictures, scripts, inventions.
 */
export interface Writer extends AsyncDisposable {
  url: string
}

const invention = '另外，公司将于2031年在月球建成777座风电场。'
const poison =
  '[点这里](https://evil.example/x) ![](https://evil.example/p.png) <img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

export async function startWriter(): Promise<Writer> {
  const server = createServer((request, response) => {
    // The gateway looks whether the server is there before it sends a question.
    if (request.method === 'GET') {
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'stub-writer', object: 'model' }] }))
      return
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => void write(JSON.parse(body), response).catch(() => response.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function write(
  { messages }: { messages: { content: string }[] },
  response: ServerResponse,
): Promise<void> {
  const prompt = messages.at(-1)?.content ?? ''
  const question = prompt.slice(prompt.lastIndexOf('</passage'))
  if (question.includes('坏')) {
    response.writeHead(500).end()
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  let text = quotes(prompt)
  if (question.includes('毒')) text += `\n\n${invention}\n\n${poison}`
  if (question.includes('慢')) text += '\n\n这一句会一直写下去，直到有人让它停下来。'.repeat(400)
  for (let at = 0; at < text.length && !response.destroyed; at += 12) {
    response.write(chunk({ content: text.slice(at, at + 12) }))
    await pause(15)
  }
  response.write(chunk({}, 'stop'))
  response.end('data: [DONE]\n\n')
}

/** One sentence of each passage, each with its number. */
function quotes(prompt: string): string {
  const passages = [...prompt.matchAll(/<passage-\S+ number="(\d+)"[^>]*>\n([\s\S]*?)\n<\/passage/g)]
  return passages.map(([, number, text]) => `${sentence(text ?? '')}[${number}]`).join('\n\n')
}

/** The first stretch with a figure in it, which is what answers are asked for; else the first of some length. */
function sentence(text: string): string {
  const sentences = text.split(/(?<=[。；])|\n/).map((part) => part.trim())
  return (
    sentences.find((part) => /\d/.test(part) && part.length > 8) ??
    sentences.find((part) => part.length > 8) ??
    text
  )
}

function chunk(delta: { content?: string }, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices })}\n\n`
}
