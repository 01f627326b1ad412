import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import {
  type AskOptions,
  type ClientState,
  createGatewayClient,
  type GatewayClient,
  type GatewayClientSettings,
} from '../../src/client.ts'
import { createIdentity, type Identity } from '../../src/identity.ts'
import { collect, never, newRid, type Outcome, payloadOf, question } from './questions.ts'

/** A folder that lives as long as the test. */
export function scratch(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-box-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

let shared: Identity | undefined

/** One key for all tests that do not care. */
export function anyIdentity(): Identity {
  if (!shared) {
    const folder = mkdtempSync(join(tmpdir(), 'tanbox-box-'))
    shared = createIdentity(join(folder, 'key.json'))
    rmSync(folder, { recursive: true })
  }
  return shared
}

export interface TestBox {
  client: GatewayClient
  states: ClientState[]
}

/** A client that dials again at once; closed with the test. */
export function testBox(t: Test, url: string, changes: Partial<GatewayClientSettings> = {}): TestBox {
  const states: ClientState[] = []
  const client = createGatewayClient({
    ...{ url, gateway: 'gateway.test', identity: anyIdentity(), random: () => 0.01 },
    onState: (state) => states.push(state),
    ...changes,
  })
  t.teardown(() => client.close())
  return { client, states }
}

/** Asks and collects everything; the rid is known before. */
export function askOf(
  client: GatewayClient,
  options: Partial<AskOptions> = {},
  signal = never,
): { rid: string; payload: Uint8Array; outcome: Promise<Outcome> } {
  const rid = newRid()
  const payload = payloadOf(question())
  return {
    rid,
    payload,
    outcome: collect(client.ask(payload, { rid, deadlineMs: 20_000, ...options }, signal)),
  }
}
