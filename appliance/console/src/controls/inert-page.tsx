import { useLayoutEffect } from 'react'

let open = 0

/**
 * While it stands inside a modal, nothing of the page behind takes focus, pointer or a screen reader's cursor.
 * A layout effect, so that the page is back before focus returns to it.
 */
export function InertPage(): null {
  useLayoutEffect(() => {
    const page = document.getElementById('root')!
    open++
    page.inert = true
    return () => {
      open--
      page.inert = open > 0
    }
  }, [])
  return null
}
