/** What one run of a seed came to. */
export interface Outcome {
  seed: number
  /** Hex SHA-256 over all that happened: the same for the same seed, whatever machine ran it. */
  trace: string
  /** The first invariant that did not hold, or null. */
  failure: { invariant: string; sentence: string } | null
  faults: string[]
  appends: number
  events: number
  /** Virtual seconds. */
  seconds: number
}

/** The parent's question to a worker; the answer is an Outcome. */
export interface Question {
  seed: number
  /** Also write every event to the error output. */
  aloud: boolean
}
