import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { markRanges } from './mark-text-layer.ts'
import { joinRuns, type TextRun } from './page-text.ts'
import type { Range } from './spans.ts'
import type { PdfLibrary } from './use-pdf.ts'

export interface PaintedPage {
  /** Canvas and text layer, ready to be put on the screen. */
  element: HTMLElement
  /** The first highlighted word; null when nothing is highlighted. */
  first: HTMLElement | null
  /** Whether the page's text is the one that the box has stored. If not, nothing is highlighted. */
  textAgrees: boolean
  width: number
  height: number
}

/**
 * Paints a page `width` CSS pixels wide: the picture, the selectable text over it, and the marks at `ranges` of the
 * stored `text` (null: no text to compare with, nothing is marked).
 */
export async function paintPage(
  library: PdfLibrary,
  pdf: PDFDocumentProxy,
  options: {
    number: number
    width: number
    text: string | null
    ranges: readonly Range[]
    signal: AbortSignal
  },
): Promise<PaintedPage> {
  const { signal } = options
  const page = await pdf.getPage(options.number)
  signal.throwIfAborted()
  const natural = page.getViewport({ scale: 1 })
  const viewport = page.getViewport({ scale: options.width / natural.width })
  // Beyond two device pixels per pixel a page only costs memory.
  const density = Math.min(devicePixelRatio, 2)
  const canvas = document.createElement('canvas')
  canvas.width = Math.floor(viewport.width * density)
  canvas.height = Math.floor(viewport.height * density)
  canvas.className = 'block h-full w-full'
  canvas.setAttribute('aria-hidden', 'true')
  const painting = page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0] })
  signal.addEventListener('abort', () => painting.cancel(), { once: true })

  const content = await page.getTextContent()
  signal.throwIfAborted()
  const layer = document.createElement('div')
  layer.className = 'page-layer'
  const textLayer = new library.TextLayer({ textContentSource: content, container: layer, viewport })

  const element = document.createElement('div')
  element.className = 'relative h-full w-full'
  element.style.setProperty('--total-scale-factor', String(viewport.scale))
  element.append(canvas, layer)
  await Promise.all([painting.promise, textLayer.render()])
  signal.throwIfAborted()

  const { text, places } = joinRuns(
    content.items.filter((item): item is typeof item & TextRun => 'str' in item),
  )
  const textAgrees = options.text === null || options.text === text
  const marks =
    textAgrees && options.text !== null ? markRanges(textLayer.textDivs, places, options.ranges) : []
  return { element, first: marks[0] ?? null, textAgrees, width: viewport.width, height: viewport.height }
}
