import { Lexer, type Token, type Tokens } from 'marked'
import { assign, cutLeaf, type Leaf, locate, type Run } from './place-marks.ts'

/**
 * An answer as a tree that React can show: what marked reads in it, without anything that loads or links. There is no
 * HTML on the way: tags in the text are words, a link is its label, a picture its description.
 */
export type AnswerNode =
  | { kind: 'runs'; runs: Run[] }
  | { kind: 'break' }
  | {
      kind: 'paragraph' | 'quote' | 'strong' | 'emphasis' | 'deleted' | 'code' | 'plain'
      children: AnswerNode[]
    }
  | { kind: 'preformatted'; children: AnswerNode[] }
  | { kind: 'heading'; level: number; children: AnswerNode[] }
  | { kind: 'list'; ordered: boolean; start: number; items: AnswerNode[][] }
  | { kind: 'table'; header: AnswerNode[][]; rows: AnswerNode[][][] }

/** `citations[i].at` and `unsupported` are offsets into `text` (UTF-16 code units). */
export function readAnswer(
  text: string,
  citations: readonly { at: number }[],
  unsupported: readonly { start: number; end: number }[],
): AnswerNode[] {
  const leaves: Leaf[] = []
  const holders: { kind: 'runs'; runs: Run[] }[] = []
  let cursor = 0
  const take = (words: string): AnswerNode => {
    const at = locate(text, words, cursor)
    if (at >= 0) cursor = at + words.length
    leaves.push({ text: words, at })
    const holder: { kind: 'runs'; runs: Run[] } = { kind: 'runs', runs: [] }
    holders.push(holder)
    return holder
  }
  const tree = new Lexer({ gfm: true }).lex(text).flatMap((token) => readToken(token, take))
  const placed = assign(leaves, citations)
  holders.forEach((holder, index) => {
    holder.runs = cutLeaf(leaves[index]!, placed[index]!, unsupported)
  })
  return tree
}

type Take = (words: string) => AnswerNode

const inlineKinds = { strong: 'strong', em: 'emphasis', del: 'deleted' } as const

function readToken(token: Token, take: Take): AnswerNode[] {
  const inside = (tokens: Token[] | undefined) => (tokens ?? []).flatMap((child) => readToken(child, take))
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return []
    case 'hr':
    case 'br':
      return [{ kind: 'break' }]
    case 'paragraph':
      return [{ kind: 'paragraph', children: inside(token.tokens) }]
    case 'blockquote':
      return [{ kind: 'quote', children: inside(token.tokens) }]
    case 'heading':
      return [{ kind: 'heading', level: (token as Tokens.Heading).depth, children: inside(token.tokens) }]
    case 'code':
      return [{ kind: 'preformatted', children: [take((token as Tokens.Code).text)] }]
    case 'codespan':
      return [{ kind: 'code', children: [take((token as Tokens.Codespan).text)] }]
    case 'strong':
    case 'em':
    case 'del':
      return [{ kind: inlineKinds[token.type], children: inside(token.tokens) }]
    case 'link':
      return inside(token.tokens)
    case 'image':
      return (token as Tokens.Image).text === '' ? [] : [take((token as Tokens.Image).text)]
    case 'list':
      return [readList(token as Tokens.List, inside)]
    case 'table':
      return [readTable(token as Tokens.Table, inside)]
    case 'text':
      // A list item's text holds inline tokens; a run of words does not.
      return token.tokens
        ? [{ kind: 'plain', children: inside(token.tokens) }]
        : [take((token as Tokens.Text).text)]
    case 'escape':
      return [take((token as Tokens.Escape).text)]
    default:
      // `html` above all: what stands in angle brackets is shown as it was written.
      return token.raw.trim() === '' ? [] : [take(token.raw)]
  }
}

function readList(list: Tokens.List, inside: (tokens: Token[]) => AnswerNode[]): AnswerNode {
  return {
    kind: 'list',
    ordered: list.ordered,
    start: Number(list.start) || 1,
    items: list.items.map((item) => inside(item.tokens)),
  }
}

function readTable(table: Tokens.Table, inside: (tokens: Token[]) => AnswerNode[]): AnswerNode {
  return {
    kind: 'table',
    header: table.header.map((cell) => inside(cell.tokens)),
    rows: table.rows.map((row) => row.map((cell) => inside(cell.tokens))),
  }
}
