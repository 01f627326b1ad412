import { useState } from 'react'

export interface Action {
  run: () => void
  pending: boolean
  /** Why the last attempt failed; null before and after a success. */
  error: unknown
}

/** Something a form does once it is sent, with its state for the form. */
export function useAction(act: () => Promise<void>): Action {
  const [state, setState] = useState<{ pending: boolean; error: unknown }>({ pending: false, error: null })
  function run() {
    setState({ pending: true, error: null })
    act().then(
      () => setState({ pending: false, error: null }),
      (error: unknown) => setState({ pending: false, error }),
    )
  }
  return { run, ...state }
}
