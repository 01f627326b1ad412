import { AskError, type AskEvent, type GatewayClient } from '@tanbox/cloud-gateway/client'
import { type ErrorCode, TanboxError } from '../errors.ts'
import type { Llm, LlmEvent } from './llm.ts'

/** A large model behind the cloud gateway. Closing it closes the client. */
export function createGatewayLlm(client: GatewayClient): Llm {
  return {
    get state() {
      if (client.state === 'connected' || client.state === 'connecting') return client.state
      return 'unreachable'
    },
    async *ask({ rid, payload, deadlineMs }, signal) {
      try {
        let waiting = ''
        for await (const heard of client.ask(payload, { rid, deadlineMs }, signal)) {
          const event = translate(heard)
          const same = event.type === 'waiting' && JSON.stringify(event) === waiting
          waiting = event.type === 'waiting' ? JSON.stringify(event) : ''
          if (!same) yield event
        }
      } catch (cause) {
        throw cause instanceof AskError ? new TanboxError(codeOf(cause), '', { cause }) : cause
      }
    },
    async close() {
      client.close()
    },
  }
}

function translate(event: AskEvent): LlmEvent {
  switch (event.type) {
    case 'accepted':
      return { type: 'writing', model: event.model }
    case 'progress':
      return { ...event, type: 'waiting' }
    case 'delta':
      // What a model thinks before it answers is not shown, only that it thinks.
      return event.channel === 'answer'
        ? { type: 'delta', text: event.text }
        : { type: 'waiting', state: 'reasoning' }
    case 'end':
      return event
  }
}

/** The gateway's reasons are many; for the asker they are three. The cause keeps the rest for the log. */
function codeOf({ code }: AskError): ErrorCode {
  if (code === 'not-connected' || code === 'connection-lost') return 'gateway-unreachable'
  return code === 'model-content' ? 'gateway-declined' : 'gateway-failed'
}
