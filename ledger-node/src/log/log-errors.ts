/** The disk failed. `final`: nothing more is accepted until the node has been started again. */
export class LogFailed extends Error {
  readonly final: boolean

  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogFailed'
    this.final = final
  }
}

/** Nothing may be added to the log at present, or any more; reading goes on. */
export class LogHeld extends Error {
  /** Why, in a sentence for a person. */
  readonly because: string

  constructor(because: string) {
    super(`nothing is appended: ${because}`)
    this.name = 'LogHeld'
    this.because = because
  }
}
