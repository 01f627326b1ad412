import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { useEffect, useState } from 'react'

export type PdfLibrary = typeof import('./pdf-library.ts')

export type LoadedPdf =
  | { state: 'loading' }
  | { state: 'failed'; error: unknown }
  | { state: 'open'; pdf: PDFDocumentProxy; library: PdfLibrary }

/** Opens the original of a document in PDF.js and closes it when it is no longer shown. */
export function usePdf(id: string): LoadedPdf {
  const [loaded, setLoaded] = useState<LoadedPdf>({ state: 'loading' })
  useEffect(() => {
    let closed = false
    let close = () => {}
    setLoaded({ state: 'loading' })
    void (async () => {
      try {
        const library = await import('./pdf-library.ts')
        if (closed) return
        const task = library.openPdf(`/api/documents/${encodeURIComponent(id)}/original`)
        close = () => void task.destroy()
        const pdf = await task.promise
        if (!closed) setLoaded({ state: 'open', pdf, library })
      } catch (error) {
        if (!closed) setLoaded({ state: 'failed', error })
      }
    })()
    return () => {
      closed = true
      close()
    }
  }, [id])
  return loaded
}
