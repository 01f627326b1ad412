import type { Nodes, Parent, Root, Table as TableNode } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter'
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table'
import { frontmatter } from 'micromark-extension-frontmatter'
import { gfmTable } from 'micromark-extension-gfm-table'
import { TanboxError } from '../errors.ts'
import type { Block, ParsedDocument, Span, Table } from '../model.ts'
import { decode } from './decode.ts'
import type { Parser } from './parser.ts'

/** Markdown (CommonMark with tables and front matter): one unit, its text is the source itself. */
export const markdown: Parser = {
  async parse(bytes, { limits }) {
    const { text } = decode(bytes)
    if (text.length > limits.maxText) throw new TanboxError('file-too-large', `${limits.maxText} characters`)
    if (text.trim() === '') throw new TanboxError('file-empty')
    return parseMarkdown(text)
  },
}

export function parseMarkdown(source: string): ParsedDocument {
  const root = fromMarkdown(source, {
    extensions: [gfmTable(), frontmatter(['yaml', 'toml'])],
    mdastExtensions: [gfmTableFromMarkdown(), frontmatterFromMarkdown(['yaml', 'toml'])],
  })
  const blocks = [...blocksOf(root, source, 0)]
  if (blocks.length === 0) throw new TanboxError('file-empty')
  const title = titleOf(root, blocks, source)
  return {
    ...(title ? { title } : {}),
    units: [{ kind: 'text', label: '', text: source }],
    blocks,
    pages: 1,
    warnings: [],
  }
}

/** Explicit stack instead of recursion: quotes may be nested ten thousand deep. */
function* blocksOf(root: Root, source: string, _depth: number): Generator<Block> {
  const stack: { node: Nodes; depth: number }[] = [{ node: root, depth: 0 }]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, depth } = top
    switch (node.type) {
      case 'heading':
        yield* block({ kind: 'heading', level: node.depth, spans: linesOfNode(node, source) })
        break
      case 'paragraph':
        yield* block(
          depth > 0
            ? { kind: 'list-item', level: depth, spans: linesOfNode(node, source) }
            : { kind: 'paragraph', spans: linesOfNode(node, source) },
        )
        break
      case 'code':
        yield* block({ kind: 'code', spans: codeLines(node, source) })
        break
      case 'table':
        yield { kind: 'table', spans: [], table: tableOf(node, source) }
        break
      case 'html':
        break
      default:
        if ('children' in node) {
          const inner = node.type === 'list' ? depth + 1 : depth
          for (const child of node.children.toReversed()) stack.push({ node: child, depth: inner })
        }
    }
  }
}

function* block(candidate: Block): Generator<Block> {
  if (candidate.spans.length > 0) yield candidate
}

/**
 * The visible stretches of a node, one span per line or less: inline marks, link targets and HTML are left out.
 * White space stays where it parts words beside a mark, and goes at both ends of a line.
 */
function linesOfNode(node: Nodes, source: string): Span[] {
  const spans: Span[] = []
  for (const [start, end] of visible(node)) {
    let at = start
    for (const line of source.slice(start, end).split('\n')) {
      const last = spans.at(-1)
      const to = at + line.length
      if (last?.end === at && at === start) last.end = to
      else if (to > at) spans.push({ unit: 0, start: at, end: to })
      at = to + 1
    }
  }
  return spans.flatMap((span, i) => {
    const starts = !isOnOneLine(spans[i - 1], span, source)
    const ends = !isOnOneLine(span, spans[i + 1], source)
    const text = source.slice(span.start, span.end)
    const from = starts ? span.start + text.length - text.trimStart().length : span.start
    const to = ends ? span.start + text.trimEnd().length : span.end
    return to > from ? [{ ...span, start: from, end: to }] : []
  })
}

function isOnOneLine(before: Span | undefined, after: Span | undefined, source: string): boolean {
  return before !== undefined && after !== undefined && !source.slice(before.end, after.start).includes('\n')
}

function visible(node: Nodes): [number, number][] {
  const found: [number, number][] = []
  const stack: Nodes[] = [node]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const start = top.position?.start.offset
    const end = top.position?.end.offset
    if (start === undefined || end === undefined) continue
    if (top.type === 'text') found.push([start, end])
    else if (top.type === 'inlineCode') found.push([start + 1, end - 1])
    else if ('children' in top)
      for (const child of (top as Parent).children.toReversed()) stack.push(child as Nodes)
  }
  return found
}

function codeLines(node: Nodes, source: string): Span[] {
  const start = node.position?.start.offset ?? 0
  const end = node.position?.end.offset ?? 0
  const lines: Span[] = []
  let at = start
  const all = source.slice(start, end).split('\n')
  for (const [i, line] of all.entries()) {
    const fence = (i === 0 || i === all.length - 1) && /^\s*(?:`{3,}|~{3,})/.test(line)
    if (!fence && line.trim() !== '') lines.push({ unit: 0, start: at, end: at + line.trimEnd().length })
    at += line.length + 1
  }
  return lines
}

function tableOf(node: TableNode, source: string): Table {
  const rows = node.children.map((row) =>
    row.children.map((cell) => {
      const spans = linesOfNode(cell, source)
      const at = cell.position?.start.offset ?? 0
      return { unit: 0, start: spans[0]?.start ?? at, end: spans.at(-1)?.end ?? at }
    }),
  )
  return { headerRows: 1, rows }
}

/** The front matter's title, else the first heading of level 1. */
function titleOf(root: Root, blocks: readonly Block[], source: string): string | undefined {
  const [first] = root.children
  if (first && (first.type === 'yaml' || (first.type as string) === 'toml')) {
    const stated = /^title\s*[:=]\s*(["']?)(.+?)\1\s*$/m.exec((first as { value: string }).value)?.[2]
    if (stated) return stated
  }
  const heading = blocks.find((one) => one.kind === 'heading' && one.level === 1)
  return heading?.spans.map((span) => source.slice(span.start, span.end)).join('')
}
