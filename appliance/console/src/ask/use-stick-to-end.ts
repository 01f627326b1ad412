import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'

/** Still counts as being at the end: about two lines. */
const slack = 64

/**
 * Keeps a scrolling element at its end while text grows there, unless the reader has scrolled away. `thread` changes
 * with every conversation and question and goes to the end in any case; `length` is how much text has arrived.
 */
export function useStickToEnd(thread: string, length: number): RefObject<HTMLDivElement | null> {
  const scroller = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  useEffect(() => {
    const element = scroller.current!
    const note = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < slack
    }
    element.addEventListener('scroll', note, { passive: true })
    return () => element.removeEventListener('scroll', note)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new conversation or question goes to the end
  useLayoutEffect(() => {
    toEnd(scroller.current!)
    atEnd.current = true
  }, [thread])
  // biome-ignore lint/correctness/useExhaustiveDependencies: more text pushes the end down
  useLayoutEffect(() => {
    if (atEnd.current) toEnd(scroller.current!)
  }, [length])
  return scroller
}

function toEnd(element: HTMLElement): void {
  element.scrollTop = element.scrollHeight
}
