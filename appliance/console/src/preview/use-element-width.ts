import { type RefObject, useEffect, useState } from 'react'

/** Inner width of an element in CSS pixels, 0 until it is known. Small changes settle before they are told. */
export function useElementWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!element.current) return
    const observed = element.current
    let timer: ReturnType<typeof setTimeout> | undefined
    const measure = () => setWidth(Math.floor(observed.clientWidth))
    measure()
    const observer = new ResizeObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(measure, 120)
    })
    observer.observe(observed)
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [element])
  return width
}
