import path from 'node:path/posix'
import { TanboxError } from '../../errors.ts'
import type { Block, ParsedDocument, Unit } from '../../model.ts'
import { type Archive, openArchive } from '../archive.ts'
import { refuseOle } from '../ole.ts'
import type { Parser } from '../parser.ts'
import { titleInProperties } from '../pdf/title.ts'
import { type Element, elementsOf, find, parseXml, textOf } from '../xml.ts'
import { readSlide } from './slide.ts'

/** Presentations (ECMA-376 PresentationML): one unit per slide in the order they are shown, notes at its end. */
export const pptx: Parser = {
  async parse(bytes, { limits, signal, onProgress }): Promise<ParsedDocument> {
    refuseOle(bytes, 'PowerPoint')
    const archive = openArchive(bytes, 'PowerPoint', limits)
    const slides = slidesOf(archive)
    if (slides.length === 0) throw new TanboxError('file-broken', 'PowerPoint')
    if (slides.length > limits.maxPages) throw new TanboxError('file-too-many-pages', String(limits.maxPages))
    const units: Unit[] = []
    const blocks: Block[] = []
    const hidden: number[] = []
    let title: string | null = null
    let room = limits.maxText
    for (const [i, name] of slides.entries()) {
      signal?.throwIfAborted()
      const root = partOf(archive, name)
      const related = relationsOf(archive, name)
      const notes = related.find((one) => one.type === 'notesSlide')
      const diagrams = related
        .filter((one) => one.type === 'diagramData')
        .map((one) => partOf(archive, one.target))
      const slide = readSlide({ root, notes: notes && partOf(archive, notes.target), diagrams }, i, room)
      room -= slide.text.length
      title ??= slide.title
      if (root?.attributes.show === '0') hidden.push(i + 1)
      units.push({ kind: 'slide', label: String(i + 1), text: slide.text })
      for (const block of slide.blocks) blocks.push(block)
      onProgress?.(i + 1, slides.length)
    }
    if (blocks.length === 0) throw new TanboxError('file-no-text')
    const stated = titleInProperties(textOf(find(partOf(archive, 'docProps/core.xml'), 'title')))
    const found = title ?? stated
    return {
      ...(found ? { title: found } : {}),
      units,
      blocks,
      pages: units.length,
      warnings: hidden.length > 0 ? [`hidden-slides: ${hidden.join(', ')}`] : [],
    }
  },
}

/** Names of the slides' parts in the order of the show. */
function slidesOf(archive: Archive): string[] {
  const main =
    relationsOf(archive, '').find((one) => one.type === 'officeDocument')?.target ?? 'ppt/presentation.xml'
  const targets = new Map(relationsOf(archive, main).map((one) => [one.id, one.target]))
  const list = find(partOf(archive, main), 'sldIdLst')
  return [...elementsOf(list, 'sldId')].flatMap(({ attributes }) => {
    const target = targets.get(attributes['r:id'] ?? '')
    return target ? [target] : []
  })
}

function partOf(archive: Archive, name: string): Element | undefined {
  const content = archive.read(name)
  return content ? parseXml(content) : undefined
}

interface Relation {
  id: string
  /** Last part of the type's address. */
  type: string
  target: string
}

/** Parts that a part refers to (Open Packaging Conventions); '' is the package itself. */
function relationsOf(archive: Archive, name: string): Relation[] {
  const folder = path.dirname(name)
  const relations = partOf(archive, path.join(folder, '_rels', `${path.basename(name)}.rels`))
  return [...elementsOf(relations, 'Relationship')].flatMap(({ attributes }) => {
    const { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode } = attributes
    if (mode === 'External') return []
    const resolved = target.startsWith('/') ? target.slice(1) : path.join(folder, target)
    return [{ id, type: type.slice(type.lastIndexOf('/') + 1), target: resolved }]
  })
}
