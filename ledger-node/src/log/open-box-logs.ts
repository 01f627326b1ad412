import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { makeFoldersDurably } from '../disk/durable.ts'
import { beginLog, readOrigin, splitOrigin } from './about.ts'
import type { BoxLogs, BoxPorts, BoxSettings } from './box-logs.ts'
import { BoxLogsOnDisk } from './box-logs-on-disk.ts'
import { dropPrepared, originOf, readGenerations } from './generations.ts'
import { beginInstance, type Findings, readInstance, renewInstance, restoreReason } from './instance.ts'
import { makeLogKey, readLogKey, readOrMakeCosigner, retireCosigner } from './keys.ts'
import type { LogOnDisk } from './log-on-disk.ts'
import { openOwnLog } from './open-own-log.ts'
import { markerPathOf, readMarkers } from './published.ts'

/**
 * Opens the logs of a box, or begins the first. Only one process can have them open. When the data turn out to be
 * restored, the current log is held and the cosigner's key is a new one.
 * @throws LockHeld, LogDamaged
 */
export async function openBoxLogs(ports: BoxPorts, settings: BoxSettings): Promise<BoxLogs> {
  const { disk, random, notice } = ports
  const { data, local } = settings
  await disk.makeFolder(data)
  await using opened = new AsyncDisposableStack()
  opened.use(disk.lock(join(data, 'lock')))
  await disk.makeFolder(join(local, 'keys'))
  const first = await beginOrRead(ports, settings)
  const generations = await readGenerations(disk, data, first)
  const last = generations.at(-1)!
  const { host, box } = splitOrigin(first)

  const instance = await readInstance(disk, data, local)
  const hasKey = (await readLogKey(disk, last.folder, last.origin)) !== null
  if (instance.local === null) await makeFoldersDurably(disk, local)
  const isFirstStart = instance.data === null && !hasKey
  // Before the first key: whoever finds a key and no id knows that something is missing.
  if (isFirstStart) await beginInstance(disk, random, settings, instance)

  const onRelease = () => renewInstance(disk, random, data, local)
  const logs: LogOnDisk[] = []
  for (const { folder, origin } of generations) {
    const signer = (await readLogKey(disk, folder, origin)) ?? (await makeMissingKey(ports, folder, origin))
    const markerPath = markerPathOf(local, origin)
    const place = { folder, markerPath, signer, publishEveryMs: settings.publishEveryMs, onRelease }
    logs.push(opened.use(await openOwnLog(ports, place)))
  }
  const current = logs.at(-1)!
  const restored = restoreReason(await findingsOf(disk, settings, logs, { instance, hasKey }))
  if (restored !== null) {
    await current.distrust(restored)
    await dropPrepared(disk, data, last.number)
    await retireCosigner(disk, local)
  }
  const cosigner = await readOrMakeCosigner(disk, random, local, `${host}/${box}`)
  if (restored !== null) {
    // Last: a crash before this finds the same again.
    await renewInstance(disk, random, data, local)
    notice(`Nothing is signed or appended: ${restored}.`)
  }
  const state = { logs, generations, cosigner, restored }
  const logsOfBox = new BoxLogsOnDisk(ports, settings, { host, box }, state, opened.move())
  await logsOfBox.begin()
  return logsOfBox
}

async function beginOrRead({ disk, clock, random }: BoxPorts, { data, host }: BoxSettings): Promise<string> {
  const known = await readOrigin(disk, data)
  if (known !== null) return known
  await makeFoldersDurably(disk, data)
  const origin = originOf(host, random(8).toString('hex'), 1)
  await beginLog(disk, clock, data, origin)
  return origin
}

/** A log of the version before has no key. One that has published, and lost it, cannot go on. */
async function makeMissingKey({ disk, random }: BoxPorts, folder: string, origin: string) {
  if ((await disk.list(folder)).includes('checkpoint'))
    throw new Error(`${folder}/keys/log.key is gone; without it nothing more can be signed as ${origin}.`)
  return makeLogKey(disk, random, folder, origin)
}

async function findingsOf(
  disk: Disk,
  { local }: BoxSettings,
  logs: readonly LogOnDisk[],
  known: Pick<Findings, 'instance' | 'hasKey'>,
): Promise<Findings> {
  const current = logs.at(-1)!
  const { marker, published } = current
  const own = splitOrigin(current.origin)
  const others = (await readMarkers(disk, local)).map(({ origin }) => splitOrigin(origin))
  return {
    ...known,
    size: current.head.size,
    isShut: current.standing.state !== 'open',
    publishedSize: published?.size ?? null,
    marker,
    holdsMarker: marker !== null && (await current.holds(marker)),
    hasLaterLog: others.some(({ box, generation }) => box === own.box && generation > own.generation),
  }
}
