import { useEffect, useState } from 'react'
import type { Progress } from '../../../src/model.ts'

/**
 * The box's own account of its reading, live; null until the first word. The browser reconnects by itself. While the
 * page is hidden the stream is closed: browsers allow six connections to a box, and other tabs need theirs.
 */
export function useProgress(wanted = true): Progress | null {
  const [progress, setProgress] = useState<Progress | null>(null)
  useEffect(() => {
    if (!wanted) return
    let source: EventSource | null = null
    const follow = () => {
      source?.close()
      source = null
      if (document.hidden) return
      source = new EventSource('/api/progress')
      source.addEventListener('progress', (event) => setProgress(JSON.parse(event.data)))
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      source?.close()
    }
  }, [wanted])
  return progress
}
