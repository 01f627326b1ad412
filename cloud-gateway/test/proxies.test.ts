/** The snippets of docs/proxies.md, in the real programs. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type TestGateway, testGateway } from './support/gateway.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'

const text = readFileSync(new URL('../docs/proxies.md', import.meta.url), 'utf8')
const snippet = (language: string) => {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)
  if (!found) throw new Error(`docs/proxies.md has no ${language}`)
  return found[1]!
}

const has = (program: string) => spawnSync(program, ['version'], { stdio: 'ignore' }).error === undefined

/** Why a test is left out; in CI the program has to be there, and its absence fails the test. */
function without(...programs: string[]): string | false {
  const missing = process.env.CI ? [] : programs.filter((program) => !has(program))
  return missing.length > 0 && `${missing.join(', ')} not installed`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

function certificate(folder: string): void {
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')],
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await pause(50)
  }
  throw new Error(`nothing listens on ${port}`)
}

/** Runs a program with what is written in `folder`, until the test is over. */
function run(t: Test, program: string, args: string[], env: NodeJS.ProcessEnv): void {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data
  })
  child.on('exit', (code) => {
    if (code) t.comment(`${program} ended with ${code}: ${said.slice(-2000)}`)
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
}

async function answersThrough(t: Test, gateway: TestGateway, port: number, folder: string): Promise<void> {
  const ca = readFileSync(join(folder, 'fullchain.pem'), 'utf8')
  const client = await gateway.connected({ url: `wss://127.0.0.1:${port}/`, ca })
  const asked = client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 10_000 }, never)
  const { text: answer, error } = await collect(asked)
  t.equal(error, null)
  t.match(answer, /13\.5%/)
  const health = get({ host: '127.0.0.1', port, path: '/healthz', ca })
  const [response] = await once(health, 'response')
  t.match(Buffer.concat(await response.toArray()).toString(), /"status":"ok"/)
}

function scratch(t: Test): string {
  const folder = mkdtempSync('/tmp/tanbox-proxy-')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

t.test(
  'a box reaches the gateway through nginx as the documentation sets it up',
  { skip: without('nginx', 'openssl') },
  async (t) => {
    const folder = scratch(t)
    certificate(folder)
    await using gateway = await testGateway()
    const port = await freePort()
    const server = snippet('nginx')
      .replace('127.0.0.1:8471', `127.0.0.1:${gateway.gateway.port}`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replaceAll('/etc/tanbox/tls', folder)
    mkdirSync(join(folder, 'temporary'))
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${join(folder, 'temporary', kind)};`)
      .join('\n')
    writeFileSync(
      join(folder, 'nginx.conf'),
      `pid ${folder}/nginx.pid; daemon off; error_log stderr warn; worker_processes 1; user root;
     events { worker_connections 64; }
     http { access_log off; ${paths}\n${server} }`,
    )
    run(t, 'nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {})
    await listening(port)
    await answersThrough(t, gateway, port, folder)
  },
)

t.test(
  'a box reaches the gateway through Caddy as the documentation sets it up',
  { skip: without('caddy', 'openssl') },
  async (t) => {
    const folder = scratch(t)
    certificate(folder)
    await using gateway = await testGateway()
    const port = await freePort()
    const site = snippet('caddy')
      .replace('127.0.0.1:8471', `127.0.0.1:${gateway.gateway.port}`)
      .replace(
        'gateway.example.org {',
        `https://127.0.0.1:${port} {\n bind 127.0.0.1\n tls ${folder}/fullchain.pem ${folder}/privkey.pem`,
      )
    writeFileSync(join(folder, 'Caddyfile'), `{\n admin off\n auto_https off\n}\n${site}`)
    run(t, 'caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], {
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      HOME: folder,
    })
    await listening(port)
    await answersThrough(t, gateway, port, folder)
  },
)
