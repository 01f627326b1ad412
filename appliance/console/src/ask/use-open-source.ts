import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useRef } from 'react'
import type { Span } from '../../../src/model.ts'
import { writeSpans } from '../preview/spans.ts'

export interface OpenSource {
  source: string | undefined
  at: string | undefined
  open: (source: string, spans: readonly Span[]) => void
  close: () => void
}

/** The source that is open beside the answer. It stands in the address, so that Back closes it too. */
export function useOpenSource(): OpenSource {
  const navigate = useNavigate()
  const { source, at } = useSearch({ strict: false })
  const opener = useRef<HTMLElement | null>(null)
  const open = useCallback(
    (id: string, spans: readonly Span[]) => {
      const focused = document.activeElement
      if (focused instanceof HTMLElement && focused.closest('[data-thread]')) opener.current = focused
      void navigate({ to: '.', search: { source: id, at: writeSpans(spans) } })
    },
    [navigate],
  )
  const close = useCallback(() => {
    void navigate({ to: '.', search: {} })
    // Where the reader came from. Sheets return focus by themselves, but only to what is still there.
    requestAnimationFrame(() => opener.current?.focus())
  }, [navigate])
  return { source, at, open, close }
}
