import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { TanboxError } from '../errors.ts'
import type { Answer, AnswerEvent, ConversationRow, Filters, Scope } from '../model.ts'
import type { Authenticate } from './authenticate.ts'
import { openEventStream } from './event-stream.ts'
import { asTanboxError } from './failure.ts'
import { FiltersSchema, IdParams, type Typed } from './typed.ts'

export interface Answering {
  ask(
    scope: Scope,
    request: { question: string; conversation?: string; filters?: Filters; language?: 'zh' | 'en' },
  ): AsyncIterable<AnswerEvent>
  /** False when no such answer is being written. */
  stop(scope: Scope, answer: string): boolean
}

export interface ConversationReader {
  list(scope: Scope): ConversationRow[]
  get(scope: Scope, id: string): ConversationRow | null
  /** Oldest first. */
  answers(scope: Scope, conversation: string): Answer[]
  answer(scope: Scope, id: string): Answer | null
  remove(scope: Scope, id: string): boolean
}

const AskBody = Type.Object(
  {
    question: Type.String({ maxLength: 200_000 }),
    conversation: Type.Optional(Type.String({ maxLength: 64 })),
    filters: Type.Optional(FiltersSchema),
    language: Type.Optional(Type.Union([Type.Literal('zh'), Type.Literal('en')])),
  },
  { additionalProperties: false },
)

/** Asking with a streamed answer, stopping it, and reading answers again. */
export function askRoutes(
  server: FastifyInstance,
  house: { answering: Answering; conversations: ConversationReader; authenticate: Authenticate },
): void {
  const { answering, conversations, authenticate } = house
  const typed = server as Typed

  typed.post('/api/ask', { schema: { body: AskBody } }, async (request, reply) => {
    const events = answering.ask(authenticate.scope(request), request.body)[Symbol.asyncIterator]()
    // The first event decides between an error status and a stream.
    const first = await events.next()
    const stream = openEventStream(reply)
    try {
      for (let next = first; !next.done; next = await events.next())
        await stream.send(next.value.type, next.value)
    } catch (cause) {
      request.log.error({ err: cause }, 'answer failed')
      await stream.send('failed', { type: 'failed', reason: asTanboxError(cause as Error).reason })
    }
    stream.close()
  })

  typed.post('/api/answers/:id/stop', { schema: { params: IdParams } }, async (request, reply) => {
    if (!answering.stop(authenticate.scope(request), request.params.id))
      throw new TanboxError('not-found', request.params.id)
    return reply.status(202).send({})
  })

  typed.get('/api/answers/:id', { schema: { params: IdParams } }, async (request) => {
    const found = conversations.answer(authenticate.scope(request), request.params.id)
    if (found === null) throw new TanboxError('not-found', request.params.id)
    return found
  })

  typed.get('/api/conversations', async (request) => ({
    items: conversations.list(authenticate.scope(request)),
  }))

  typed.get('/api/conversations/:id', { schema: { params: IdParams } }, async (request) => {
    const scope = authenticate.scope(request)
    const conversation = conversations.get(scope, request.params.id)
    if (conversation === null) throw new TanboxError('not-found', request.params.id)
    return { conversation, answers: conversations.answers(scope, conversation.id) }
  })

  typed.delete('/api/conversations/:id', { schema: { params: IdParams } }, async (request, reply) => {
    if (!conversations.remove(authenticate.scope(request), request.params.id))
      throw new TanboxError('not-found', request.params.id)
    return reply.status(204).send()
  })
}
