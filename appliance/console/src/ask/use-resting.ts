import { type PointerEvent, useCallback, useEffect, useRef, useState } from 'react'

const restMs = 250

export interface Resting {
  /** The element that a mouse rests on; null while none does. */
  resting: HTMLElement | null
  leave: () => void
  onPointerEnter: (event: PointerEvent<HTMLElement>) => void
  onPointerLeave: () => void
}

/** Notices a mouse that stays on an element. Fingers and keyboards do not rest; Esc and scrolling end it. */
export function useResting(): Resting {
  const [resting, setResting] = useState<HTMLElement | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const leave = useCallback(() => {
    clearTimeout(timer.current)
    setResting(null)
  }, [])
  const onPointerEnter = useCallback(({ pointerType, currentTarget }: PointerEvent<HTMLElement>) => {
    if (pointerType === 'mouse') timer.current = setTimeout(setResting, restMs, currentTarget)
  }, [])
  useEffect(() => {
    if (!resting) return
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && leave()
    addEventListener('keydown', onKey)
    addEventListener('scroll', leave, { capture: true, passive: true })
    return () => {
      removeEventListener('keydown', onKey)
      removeEventListener('scroll', leave, { capture: true })
    }
  }, [resting, leave])
  useEffect(() => () => clearTimeout(timer.current), [])
  return { resting, leave, onPointerEnter, onPointerLeave: leave }
}
