import { useSyncExternalStore } from 'react'

let said = ''
const listeners = new Set<() => void>()

/** Has a screen reader say `text` once, when it has finished what it is saying. */
export function announce(text: string): void {
  // A trailing no-break space makes the same text new: readers keep quiet about a region that did not change.
  said = text === said ? `${text}\u00a0` : text
  for (const listener of listeners) listener()
}

/** The one live region for outcomes; it stands in the frame and is never unmounted. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => said,
  )
  return (
    <div role="status" aria-live="polite" className="sr-only" data-announcer="">
      {text}
    </div>
  )
}
