import { useSyncExternalStore } from 'react'

// Below this the source opens as a sheet over the answer, above it beside the answer (64rem, Tailwind's `lg`).
const wide = matchMedia('(width >= 64rem)')

export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches)
}

function subscribe(listener: () => void): () => void {
  wide.addEventListener('change', listener)
  return () => wide.removeEventListener('change', listener)
}
