import { join } from 'node:path'
import Type from 'typebox'
import Compile from 'typebox/compile'
import type { Disk } from '../disk/disk.ts'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'
import { Digest } from '../entry.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { formatNote, maxNoteBytes, maxSignatures, parseNote, parseSignatureLine } from '../note/note.ts'
import { originHash } from '../peers/origin-hash.ts'
import { PublishedWidths } from './published-widths.ts'

/** A checkpoint of ours that others may see. */
export interface Published {
  /** The whole note: our signature, and the cosignatures so far. */
  readonly note: string
  readonly size: number
  readonly root: Buffer
}

/** What a log has published, as its folder says. */
export interface PublishedState {
  /** The newest. */
  newest: Published | null
  /** The newest that satisfied the policy. */
  final: Published | null
  widths: PublishedWidths
}

/** @throws Error when a file is not what this log wrote */
export async function readPublished(disk: Disk, folder: string, key: VerifierKey): Promise<PublishedState> {
  const newest = await readNote(disk, join(folder, 'checkpoint'), key)
  const final = await readNote(disk, join(folder, 'final'), key)
  const bytes = await disk.read(join(folder, 'widths'), maxWidthsBytes)
  const widths = bytes && PublishedWidths.parse(bytes.toString())
  const sizes = [final, newest].filter((it) => it !== null).map(({ size }) => size)
  return {
    newest,
    final,
    widths: widths ?? sizes.sort((a, b) => a - b).reduce(addSize, new PublishedWidths()),
  }
}

/** Eight levels of 255 widths. */
const maxWidthsBytes = 16 * 1024
const addSize = (widths: PublishedWidths, size: number) => widths.with(size)

async function readNote(disk: Disk, path: string, key: VerifierKey): Promise<Published | null> {
  const bytes = await disk.read(path, maxNoteBytes)
  if (bytes === null) return null
  try {
    return openPublished(bytes.toString(), key)
  } catch (cause) {
    throw new Error(`${path} is damaged`, { cause })
  }
}

/** @throws NoteError for what the key did not sign, RangeError for a size beyond what a log here can have */
export function openPublished(note: string, key: VerifierKey): Published {
  const { checkpoint } = openCheckpoint(note, key)
  const size = Number(checkpoint.size)
  if (!Number.isSafeInteger(size)) throw new RangeError('the size of a checkpoint is too large')
  return { note, size, root: checkpoint.root }
}

/** The text of a note that was signed. */
export const textOf = (note: string) => note.slice(0, note.lastIndexOf('\n\n') + 1)

/**
 * With one more cosignature, which takes the place of one by the same key.
 * @throws NoteError for what is no signature line
 */
export function withCosignature(published: Published, line: string): Published {
  const added = parseSignatureLine(line)
  const { text, signatures } = parseNote(published.note)
  const [own, ...others] = signatures
  const kept = others.filter(({ name, id }) => name !== added.name || id !== added.id)
  if (kept.length + 2 > maxSignatures || (added.name === own!.name && added.id === own!.id)) return published
  return {
    ...published,
    note: formatNote(
      text,
      [own!, ...kept, added].map((it) => it.line),
    ),
  }
}

/** Outside what is backed up: what was signed last, or was about to be. */
const MarkerSchema = Type.Object(
  { origin: Type.String({ maxLength: 255 }), size: Type.Integer({ minimum: 0 }), root: Digest },
  { additionalProperties: false },
)
export type Marker = Type.Static<typeof MarkerSchema>
const markerValidator = Compile(MarkerSchema)

export const markerPathOf = (local: string, origin: string) => join(local, `marker-${originHash(origin)}`)

/** Those of all logs that this folder remembers. */
export async function readMarkers(disk: Disk, local: string): Promise<Marker[]> {
  const markers: Marker[] = []
  for (const name of await disk.list(local)) {
    if (!/^marker-[0-9a-f]{64}$/.test(name)) continue
    const marker = await readMarker(disk, join(local, name))
    if (marker) markers.push(marker)
  }
  return markers
}

/** Null where there is none. @throws Error for a damaged one */
export function readMarker(disk: Disk, path: string): Promise<Marker | null> {
  return readJsonFile(disk, path, 1024, markerValidator)
}

export async function writeMarker(disk: Disk, path: string, marker: Marker): Promise<void> {
  await writeJsonFile(disk, path, marker)
}
