import type { Block } from '../../model.ts'
import { bullet } from '../numbering.ts'
import { headingLevels } from '../outline.ts'
import { furnitureOf } from './furniture.ts'
import { linesOf, segmentsOf } from './line.ts'
import type { Page } from './page.ts'
import { bodyOf, type Paragraph, paragraphsOf, rankOf } from './paragraphs.ts'
import { titleOnPage } from './title.ts'

/** Blocks and title of the pages of one document. `isBold` says so of a font by its name in the pages' runs. */
export function blocksOf(
  pages: readonly Page[],
  isBold: (font: string) => boolean,
): { blocks: Block[]; title: string | null } {
  const linesOfPage = pages.map((page) => linesOf(segmentsOf(page)))
  const furniture = furnitureOf(pages, linesOfPage)
  const lines = linesOfPage.flat().filter((line) => !furniture.has(line))
  const body = bodyOf(lines)
  const paragraphs = paragraphsOf(lines, body, pages)
  const ranks = paragraphs.map((paragraph) => ({ rank: rankOf(paragraph, body, isBold) }))
  const levels = headingLevels(ranks)
  return {
    blocks: paragraphs.map((paragraph, i) => blockOf(paragraph, levels[i] ?? null)),
    title: titleOnPage(paragraphs, body.size),
  }
}

function blockOf(paragraph: Paragraph, level: number | null): Block {
  const spans = paragraph.lines.map(({ unit, start, end }) => ({ unit, start, end }))
  if (level !== null) return { kind: 'heading', level, spans }
  if (bullet.test(paragraph.text)) return { kind: 'list-item', level: 1, spans }
  return { kind: 'paragraph', spans }
}
