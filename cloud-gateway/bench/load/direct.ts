/** Asks a server of OpenAI's streaming chat completions without us: the stub itself, or a rival before it. */
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { nowMicros } from '../tokens.ts'
import { type AnswerResult, followAnswer, summarise } from './answers.ts'
import { chatRequest } from './questions.ts'

export interface DirectSettings {
  url: string
  headers: Record<string, string>
  tokens: number
  rate: number
  /** Answers in work at a time, each followed by so many more. */
  streams: number
  rounds: number
  /** The first ones start spread over this time. */
  spreadMs: number
}

export async function askDirectly(settings: DirectSettings) {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.streams })
  const began = performance.now()
  const results: AnswerResult[] = []
  await Promise.all(
    Array.from({ length: settings.streams }, async (_, order) => {
      await pause((order / settings.streams) * settings.spreadMs)
      for (let round = 0; round < settings.rounds; round += 1) results.push(await askOnce(settings, agent))
    }),
  )
  agent.destroy()
  const seconds = (performance.now() - began) / 1000
  return { ...summarise(results), seconds, perSecond: results.length / seconds }
}

function askOnce({ url, headers, tokens, rate }: DirectSettings, agent: Agent): Promise<AnswerResult> {
  return new Promise((resolve) => {
    const body = chatRequest(tokens, rate)
    const answer = followAnswer(tokens)
    let finished = false
    const asking = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization: 'Bearer none',
          ...headers,
        },
      },
      (response) => {
        let rest = ''
        response.setEncoding('utf8')
        response.on('data', (data: string) => {
          const at = nowMicros()
          const lines = (rest + data).split('\n')
          rest = lines.pop()!
          for (const line of lines) {
            if (!line.startsWith('data: {')) continue
            const choice = JSON.parse(line.slice(6)).choices?.[0]
            if (choice?.delta?.content) answer.text(choice.delta.content, at)
            if (choice?.finish_reason) finished = true
          }
        })
        response.on('close', () => {
          resolve(answer.over(finished ? 'stop' : `status ${response.statusCode}, no finish`))
        })
      },
    )
    asking.on('error', (error) => resolve(answer.over(error.message)))
    asking.end(body)
  })
}
