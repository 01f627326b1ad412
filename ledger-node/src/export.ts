import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileDisk } from './disk/file-disk.ts'
import { openCheckpoint } from './note/checkpoint.ts'
import { formatVerifierKey, parseSignerKey, parseVerifierKey, type VerifierKey } from './note/key.ts'
import { maxNoteBytes, NoteError } from './note/note.ts'
import { isOriginHash } from './peers/origin-hash.ts'
import { copyTiles, fetchTile } from './static-log/copy-tiles.ts'
import { FileWriter } from './static-log/file-writer.ts'
import { isNodeFolder, openNodeFolder } from './static-log/node-folder.ts'
import { fullWidth, parseTilePath, type TileId, tilePath, tilesOf, tileWidth } from './tree/tiles.ts'
import type { AuditReport } from './verify/audit-report.ts'
import { maxBundleBytes } from './verify/bundle.ts'
import { type LogSource, openSource, SourceError } from './verify/source.ts'
import { verifyLogAt } from './verify/verify-log-at.ts'

export interface ExportSettings {
  /** The log's key. Of a log whose node keeps its secret key in the folder, that says it. */
  key?: VerifierKey
  /** A log of anybody: what its entries say is not looked at. */
  any?: boolean
  /** The node's data folder, whose fork proofs and statements go along. The source folder where nothing is said. */
  data?: string
  progress?: (files: number) => void
  signal?: AbortSignal
}

export interface Exported {
  origin: string
  size: number
  /** Files that were written, and those that were there already. */
  written: number
  kept: number
  /** What the export was found to be when it was done. */
  report: AuditReport
}

/** A log could not be exported, or not whole. */
export class ExportFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExportFailed'
  }
}

/** Bytes of a fork proof or statement at most, as peers take them. */
const maxBesideBytes = 1 << 20

/**
 * Writes a log in the static layout of C2SP tlog-tiles, so that any web server can serve it: tiles and bundles first,
 * the checkpoint when all of them are durable, `log.vkey`, and fork proofs and statements that are known. What is there
 * already is kept, so that an export goes on where it was broken off, and follows a log that has grown. At the end the
 * whole of it is verified; a kept file that is wrong is fetched anew.
 * @param source the folder of a node's log, an exported folder, or a log's URL
 * @throws ExportFailed; what the disk says
 */
export async function exportLog(
  source: string,
  target: string,
  settings: ExportSettings = {},
): Promise<Exported> {
  try {
    return await writeLog(source, target, settings)
  } catch (cause) {
    if (cause instanceof SourceError) throw new ExportFailed(`${cause.path}: ${cause.message}`, { cause })
    if (cause instanceof NoteError) throw new ExportFailed(`checkpoint: ${cause.message}`, { cause })
    throw cause
  }
}

async function writeLog(source: string, target: string, settings: ExportSettings): Promise<Exported> {
  const isNode = !/^https?:/i.test(source) && (await isNodeFolder(source))
  await using open = new AsyncDisposableStack()
  const files: LogSource = isNode ? open.use(openNodeFolder(source)) : openSource(source, settings)
  const key = settings.key ?? (await keyIn(source))
  const note = await files.get('checkpoint', maxNoteBytes)
  if (note === null) throw new ExportFailed('the log has no checkpoint yet')
  const { checkpoint } = openCheckpoint(note, key)
  const size = Number(checkpoint.size)
  if (!Number.isSafeInteger(size)) throw new ExportFailed('the log is larger than can be exported')
  const before = await sizeAt(target, key, size)
  const writer = new FileWriter(target)
  const limit = settings.any ? maxBundleBytes.any : maxBundleBytes.ours
  const kept = await copyTiles({ files, target, writer, limit, size }, settings)
  await writer.add('log.vkey', Buffer.from(`${formatVerifierKey(key)}\n`))
  if (isNode) await copyBeside(settings.data ?? source, writer)
  await writer.flush()
  await writer.add('checkpoint', note)
  await writer.flush()
  const report = await verifyAndMend(target, files, writer, key, settings, limit)
  await dropPartial(target, before, size)
  return { origin: key.name, size, written: writer.count, kept, report }
}

/** The key of a log that lies in a folder: the node's own, or the one that an export says. */
async function keyIn(folder: string): Promise<VerifierKey> {
  const secret = await textOf(join(folder, 'keys/log.key'))
  if (secret !== null) return parseSignerKey(secret.trim())
  const text = /^https?:/i.test(folder) ? null : await textOf(join(folder, 'log.vkey'))
  if (text === null) throw new ExportFailed('the key of the log has to be given')
  return parseVerifierKey(text.trim())
}

/** How far an earlier export came. One export folder holds one log, and never goes back. */
async function sizeAt(target: string, key: VerifierKey, size: number): Promise<number> {
  const known = await textOf(join(target, 'log.vkey'))
  if (known !== null && known.trim() !== formatVerifierKey(key))
    throw new ExportFailed(`${target} holds another log`)
  const note = await textOf(join(target, 'checkpoint'))
  const before = note === null ? 0n : openCheckpoint(note, key).checkpoint.size
  if (before > BigInt(size)) throw new ExportFailed(`${target} holds a later checkpoint of the log`)
  return Number(before)
}

/** Verifies what was written. A file that was wrong from before is fetched once more; one that comes wrong is told. */
async function verifyAndMend(
  target: string,
  files: LogSource,
  writer: FileWriter,
  key: VerifierKey,
  settings: ExportSettings,
  limit: number,
): Promise<AuditReport> {
  const mended = new Set<string>()
  for (;;) {
    const report = await verifyLogAt(target, {
      key,
      ...(settings.any && { any: true }),
      ...(settings.signal && { signal: settings.signal }),
    })
    if (report.ok) return report
    settings.signal?.throwIfAborted()
    const fresh = tilesIn(report).filter((id) => !mended.has(tilePath(id)))
    if (fresh.length === 0)
      throw new ExportFailed(`what came is not the log: ${report.problem?.where}: ${report.problem?.why}`)
    for (const id of fresh) {
      mended.add(tilePath(id))
      await writer.add(tilePath(id), await fetchTile(files, id, limit))
    }
    await writer.flush()
  }
}

/** The tiles that a problem may lie in: an entry that does not fit its tile may be the tile's fault as well. */
function tilesIn({ problem }: AuditReport): TileId[] {
  const text = `${problem?.where ?? ''} ${problem?.why ?? ''}`
  const paths = text.match(/tile\/(?:entries|\d+)\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d+)?/g) ?? []
  return paths.map(parseTilePath).filter((id) => id !== null)
}

/** The partial tiles of an earlier export go when the full ones are there. */
async function dropPartial(target: string, before: number, size: number): Promise<void> {
  for (const { level, index, width } of tilesOf(before)) {
    if (width === fullWidth || tileWidth(level, index, size) < fullWidth) continue
    const full = join(target, tilePath({ level, index, width: fullWidth }))
    await rm(`${full}.p`, { recursive: true, force: true })
  }
}

/** Fork proofs and statements that a node knows, as `forks/<origin hash>` and `statements/<origin hash>`. */
async function copyBeside(data: string, writer: FileWriter): Promise<void> {
  for (const folder of ['forks', 'statements']) {
    const names = await readdir(join(data, folder)).catch(() => [])
    for (const name of names.filter(isOriginHash)) {
      const bytes = await fileDisk.read(join(data, folder, name), maxBesideBytes).catch(() => null)
      if (bytes) await writer.add(`${folder}/${name}`, bytes)
    }
  }
}

/** A small file of a folder that may come from anywhere; null where there is none. */
async function textOf(path: string): Promise<string | null> {
  return (await fileDisk.read(path, maxNoteBytes))?.toString('utf8') ?? null
}
