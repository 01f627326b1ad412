import { setTimeout as pause } from 'node:timers/promises'
import type { Box } from '../../appliance/src/cli/box.ts'
import { oneLine } from '../../appliance/src/cli/output.ts'
import type { Progress } from '../../appliance/src/model.ts'
import type { Terminal } from './terminal.ts'

/** Seconds between two lines where there is no terminal that one line could be kept up to date in. */
const lineEveryMs = 10_000
const reconnectMs = 1000

/**
 * Shows how the reading of files goes on, until the signal ends it: one changing line in a terminal, a line now
 * and then elsewhere, and a line for every file that could not be read.
 * @param connect asked again after a lost connection: the appliance may have got another token
 */
export async function showIngestion(
  connect: () => Promise<Box>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const view = createView(terminal)
  while (!signal.aborted) {
    try {
      const box = await connect()
      for await (const { event, data } of box.events('/api/progress', undefined, signal)) {
        if (event === 'progress') view(data as Progress)
      }
    } catch {
      // The appliance is away; the supervisor says so where its process ended.
    }
    await pause(reconnectMs, undefined, { signal }).catch(() => {})
  }
}

function createView(terminal: Terminal): (progress: Progress) => void {
  const told = new Set<string>()
  let lastLine = 0
  let wasBusy = false
  let paused = ''
  return (progress) => {
    for (const { id, name, reason } of progress.failures) {
      const key = `${id} ${reason.code}`
      if (told.has(key)) continue
      told.add(key)
      terminal.line(`  ✗ ${oneLine(name)}: ${reason.zh} ${reason.en}`)
    }
    const nowPaused = progress.paused ? `${progress.paused.zh} ${progress.paused.en}` : ''
    if (nowPaused && nowPaused !== paused) terminal.line(`  ! ${oneLine(nowPaused)}`)
    paused = nowPaused
    const busy = progress.done < progress.total || progress.remaking !== null
    if (busy) {
      terminal.status(`  ${describe(progress)}`)
      if (!terminal.isInteractive && Date.now() - lastLine >= lineEveryMs) {
        terminal.line(`  ${describe(progress)}`)
        lastLine = Date.now()
      }
    } else {
      terminal.status('')
      if (wasBusy) terminal.line(`  ✓ ${finished(progress)}`)
    }
    wasBusy = busy
  }
}

function describe({ done, total, current, pagesPerSecond, failed, remaking }: Progress): string {
  if (remaking) return `重建向量 re-making vectors ${remaking.done}/${remaking.total}`
  const parts = [`正在读取 reading ${done}/${total}`, `${pagesPerSecond.toFixed(1)} 页/秒 pages/s`]
  if (failed > 0) parts.push(`失败 failed ${failed}`)
  if (current[0]) parts.push(oneLine(current[0]))
  return parts.join(' · ')
}

function finished({ done, failed }: Progress): string {
  const failures = failed > 0 ? `，${failed} 个失败 (${failed} failed)` : ''
  return `已读取 ${done} 个文件 ${done} files read${failures}`
}
