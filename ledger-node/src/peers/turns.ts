/** Work that has to be done one after another, in the order it came: one line for each name. */
export class Turns {
  readonly #lines = new Map<string, Promise<unknown>>()

  /** Runs `work` once all that was given under this name before has ended, well or not. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(name) ?? Promise.resolve()
    const mine = before.then(work, work)
    const line: Promise<void> = mine.then(
      () => this.#leave(name, line),
      () => this.#leave(name, line),
    )
    this.#lines.set(name, line)
    return mine
  }

  /** Ends when nothing is left to do. */
  async settled(): Promise<void> {
    while (this.#lines.size > 0) await Promise.all(this.#lines.values())
  }

  #leave(name: string, line: Promise<unknown>): void {
    if (this.#lines.get(name) === line) this.#lines.delete(name)
  }
}
