/**
 * An OpenAI-compatible server in a process of its own with fixed delays: argv is [ms to the first token, ms between
 * tokens, number of tokens]. Tells its port to its parent. Its bytes are made before anybody asks.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const [firstMs, betweenMs, tokens] = process.argv.slice(2).map(Number) as [number, number, number]

const chunk = (content: string, finish: string | null, more = {}) =>
  Buffer.from(
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }], ...more })}\n\n`,
  )
const token = chunk('碳排放', null)
const last = Buffer.concat([
  chunk('', 'stop'),
  Buffer.from(
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: tokens } })}\n\n`,
  ),
  Buffer.from('data: [DONE]\n\n'),
])

const server = createServer(async (request, response) => {
  request.resume()
  await new Promise((resolve) => request.once('end', resolve))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  const began = performance.now()
  for (let at = 0; at < tokens; at++) {
    // Against the clock of the beginning, so that late timers do not add up.
    await pause(Math.max(0, began + firstMs + at * betweenMs - performance.now()))
    response.write(token)
  }
  response.end(last)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
