import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import { newCommandLineToken } from '../../src/access/command-line.ts'
import { createOwner, type Owner } from '../../src/access/owner.ts'
import { readConfig } from '../../src/config.ts'
import { type Context, openContext } from '../../src/context.ts'
import { houseOf } from '../../src/house.ts'
import { createServer } from '../../src/http/server.ts'

export interface TestBox {
  data: string
  context: Context
  owner: Owner
  server: FastifyInstance
  /** Headers of the command line. */
  asOwner: { authorization: string }
}

/** A whole box, real store and real model, without a port. */
export async function openBox(t: Test, settings: Record<string, string> = {}): Promise<TestBox> {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-http-'))
  const config = readConfig({ TANBOX_DATA: data, TANBOX_CONSOLE: join(data, 'no-console'), ...settings })
  const log = pino({ level: 'silent' })
  const context = await openContext(config, log)
  const commandLineToken = newCommandLineToken()
  const owner = createOwner(context.store.sessions, { commandLineToken, now: () => new Date() })
  const server = await createServer(
    houseOf(context, config, { owner, version: '0.0.0', startedAt: new Date(), onClaimed: () => {} }),
    log,
  )
  await context.intake.start()
  t.teardown(async () => {
    await server.close()
    await context[Symbol.asyncDispose]()
    rmSync(data, { recursive: true, force: true })
  })
  return { data, context, owner, server, asOwner: { authorization: `Bearer ${commandLineToken}` } }
}

/** Bytes of a multipart form with these files. */
export function formOf(files: Record<string, string | Buffer>) {
  const boundary = 'tanbox-test-boundary'
  const parts = Object.entries(files).flatMap(([name, content]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return {
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

/** Waits until nothing is left to read. */
export async function settled({ context }: TestBox): Promise<void> {
  for (;;) {
    const { done, total } = context.intake.now()
    if (done === total) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
