import type { DefaultTreeAdapterTypes } from 'parse5'
import { TanboxError } from '../../errors.ts'
import { decode } from '../decode.ts'
import type { Parser } from '../parser.ts'
import { blocksOf } from './blocks.ts'
import { parseShallow } from './shallow-parser.ts'
import { attribute, isElement, visibleText } from './tree.ts'

/** Web pages: one unit with the text a browser would show, without navigation, scripts and hidden parts. */
export const html: Parser = {
  async parse(bytes, { limits }) {
    const root = parseShallow(decodeHtml(bytes))
    const { text, blocks } = blocksOf(root, limits.maxText)
    if (blocks.length === 0) throw new TanboxError('file-no-text')
    const title = titleOf(root)
    return {
      ...(title ? { title } : {}),
      units: [{ kind: 'text', label: '', text }],
      blocks,
      pages: 1,
      warnings: [],
    }
  },
}

/** A byte order mark first, then what the page itself declares in its first 1024 bytes, then what the bytes look like. */
function decodeHtml(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024))
  const declared = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,30})/i.exec(head)?.[1]
  const marked = (bytes[0] === 0xef && bytes[1] === 0xbb) || (bytes[0]! >= 0xfe && bytes[1]! >= 0xfe)
  if (declared && !marked) {
    try {
      // gb2312 and gbk are decoded as the larger gb18030 by the standard's own table (WHATWG Encoding, 4.2).
      return new TextDecoder(/^gb/i.test(declared) ? 'gb18030' : declared).decode(bytes)
    } catch {
      // An encoding that does not exist: judge by the bytes.
    }
  }
  return decode(bytes).text
}

/** The only first-level heading, else the title in the page's head. */
function titleOf(root: DefaultTreeAdapterTypes.Document): string | undefined {
  const headings: string[] = []
  let title: string | undefined
  const stack: DefaultTreeAdapterTypes.Node[] = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (isElement(node)) {
      if (node.tagName === 'h1') headings.push(visibleText(node))
      if (node.tagName === 'title' && title === undefined) title = visibleText(node)
      if (node.tagName === 'meta' && attribute(node, 'property') === 'og:title')
        title ??= attribute(node, 'content')
    }
    if ('childNodes' in node) for (const child of node.childNodes.toReversed()) stack.push(child)
  }
  const [heading, ...others] = headings.filter((one) => one !== '')
  return (others.length === 0 && heading) || title?.replace(/\s+/g, ' ').trim() || undefined
}
