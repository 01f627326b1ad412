/**
 * @portkey-ai/gateway, installed on demand into a folder of its own, outside the lockfile. Its dependency
 * @hono/node-server is held at 1.13.5: a fresh install with a newer one answers every chat with 500.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, type Process } from '../processes.ts'

export const portkeyVersion = '1.15.2'
const folder = join(resolve(import.meta.dirname, '../../../node_modules'), '.bench-portkey')
const main = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')

export function installPortkey(): void {
  if (existsSync(main)) return
  mkdirSync(folder, { recursive: true })
  const description = {
    private: true,
    dependencies: { '@portkey-ai/gateway': portkeyVersion },
    overrides: { '@hono/node-server': '1.13.5' },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

export interface Portkey extends Process {
  url: string
  headers: Record<string, string>
}

/** Listens on all interfaces: only to be started in a network of its own. `stub`: port of the model stub. */
export async function startPortkey(port: number, stub: number): Promise<Portkey> {
  const child = spawn(process.execPath, ['build/start-server.js', `--port=${port}`, '--headless'], {
    cwd: join(folder, 'node_modules/@portkey-ai/gateway'),
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries += 1) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    )
    if (answered) break
    if (tries > 100 || child.exitCode !== null) throw new Error('portkey does not start')
    await pause(100)
  }
  return {
    ...describe(child),
    url: `${url}/v1/chat/completions`,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${stub}/v1`,
    },
  }
}
