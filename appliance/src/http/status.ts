import type { FastifyInstance } from 'fastify'
import type { ExplainedSetting } from '../config.ts'
import type { BoxStatus, Progress, Scope } from '../model.ts'
import type { Authenticate } from './authenticate.ts'
import { openEventStream } from './event-stream.ts'

export interface ProgressFeed {
  now(): Progress
  /** Calls back after each change; returns a function that ends it. */
  subscribe(listener: (progress: Progress) => void): () => void
}

const eventsPerSecond = 4

export function statusRoutes(
  server: FastifyInstance,
  house: {
    status: (scope: Scope) => Promise<BoxStatus>
    progress: ProgressFeed
    settings: readonly ExplainedSetting[]
    authenticate: Authenticate
  },
): void {
  const { authenticate } = house

  server.get('/api/status', async (request) => {
    return house.status(authenticate.scope(request))
  })

  server.get('/api/config', async (request) => {
    authenticate.scope(request)
    return { settings: house.settings }
  })

  server.get('/api/progress', async (request, reply) => {
    authenticate.scope(request)
    const stream = openEventStream(reply)
    await stream.send('progress', house.progress.now())

    let timer: NodeJS.Timeout | null = null
    const later = () => {
      timer = null
      void stream.send('progress', house.progress.now())
    }
    const unsubscribe = house.progress.subscribe(() => {
      timer ??= setTimeout(later, 1000 / eventsPerSecond)
    })
    stream.onClose(() => {
      unsubscribe()
      if (timer !== null) clearTimeout(timer)
    })
  })
}
