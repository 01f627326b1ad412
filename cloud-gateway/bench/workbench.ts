/** What every scenario starts from: a folder with enrolled boxes and a models.json that names the stub. */
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openSqliteAccounts } from '../src/accounts/sqlite.ts'
import { keyIdOf } from '../src/wire/public-key.ts'
import type { BenchBox } from './load/crowd.ts'
import {
  type GatewayProcess,
  type LoadProcess,
  type StubProcess,
  startGateway,
  startLoad,
  startStub,
} from './processes.ts'

export interface Workbench extends AsyncDisposable {
  data: string
  boxes: string
  stub: StubProcess
  load: LoadProcess
  gateway(port?: number): Promise<GatewayProcess>
  /** The same with TLS of its own, its certificate from openssl. */
  secureGateway(): Promise<GatewayProcess>
}

/** `boxes`: how many are enrolled. */
export async function openWorkbench(boxes: number): Promise<Workbench> {
  // On the disk that the repository lies on: what /tmp is on differs from machine to machine.
  const folder = mkdtempSync(join(resolve(import.meta.dirname, '../../node_modules'), '.bench-gateway-'))
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  const file = join(folder, 'boxes.json')
  const made = Array.from({ length: boxes }, (_, at) => makeBox(at))
  writeFileSync(file, JSON.stringify(made))
  await enrolAll(data, made)
  const stub = await startStub()
  const target = {
    provider: 'openai',
    url: `http://127.0.0.1:${stub.port}/v1`,
    model: 'stub',
    contextTokens: 10_000_000,
    concurrency: 4000,
  }
  const models = { targets: { stub: target }, aliases: { default: ['stub'] } }
  writeFileSync(join(data, 'models.json'), JSON.stringify(models), { mode: 0o600 })
  const load = await startLoad()
  return {
    data,
    boxes: file,
    stub,
    load,
    secureGateway() {
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
      const words =
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench'
      execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' })
      const env = { TANBOX_GATEWAY_TLS_CERT: cert, TANBOX_GATEWAY_TLS_KEY: key }
      return startGateway({ data, stub: stub.port, env })
    },
    gateway: (port) => startGateway({ data, stub: stub.port, ...(port === undefined ? {} : { port }) }),
    async [Symbol.asyncDispose]() {
      await load[Symbol.asyncDispose]()
      await stub[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function makeBox(at: number): BenchBox {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const key = keyIdOf(Buffer.from(jwk.x!, 'base64url'))
  return { box: `bench-${at}`, key, publicKey: jwk.x!, privateKey: jwk.d! }
}

async function enrolAll(data: string, boxes: readonly BenchBox[]): Promise<void> {
  const accounts = await openSqliteAccounts({ path: join(data, 'gateway.db') })
  const quota = { tokensPerMinute: null, tokensPerDay: null, streams: 8 }
  await Promise.all(
    boxes.map(({ box, publicKey }) =>
      accounts.enrol({ box, publicKey: Buffer.from(publicKey, 'base64url'), label: 'bench', quota }),
    ),
  )
  await accounts.close()
}
