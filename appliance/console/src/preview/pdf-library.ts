import {
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentLoadingTask,
  TextLayer,
} from 'pdfjs-dist/legacy/build/pdf.mjs'
import worker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'

/**
 * PDF.js, loaded only when a PDF is opened. The legacy build is what the box parses with, and runs in the older
 * browsers that offices have. Fonts, character maps and decoders come from the box (pdf-assets.ts).
 */
GlobalWorkerOptions.workerSrc = worker

export { TextLayer }

export function openPdf(url: string): PDFDocumentLoadingTask {
  return getDocument({
    url,
    cMapUrl: '/pdf/cmaps/',
    cMapPacked: true,
    standardFontDataUrl: '/pdf/standard_fonts/',
    wasmUrl: '/pdf/decoders/',
    useWasm: false,
    // One worker parses; a second one to paint would need a third script for pages that are painted one at a time.
    disableWorkerRendering: true,
    enableXfa: false,
  })
}
