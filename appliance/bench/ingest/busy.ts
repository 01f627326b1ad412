/** Time during which at least one call of a step was under way, and how many calls there were. */
export interface Busy {
  readonly calls: number
  /** Milliseconds; of calls side by side each moment counts once. */
  readonly ms: number
  around<T>(run: () => Promise<T>): Promise<T>
  aroundSync<T>(run: () => T): T
}

export function createBusy(): Busy {
  let calls = 0
  let ms = 0
  let underWay = 0
  let since = 0

  function begin(): void {
    calls += 1
    if (underWay === 0) since = performance.now()
    underWay += 1
  }

  function end(): void {
    underWay -= 1
    if (underWay === 0) ms += performance.now() - since
  }

  return {
    get calls() {
      return calls
    },
    get ms() {
      return ms
    },
    async around(run) {
      begin()
      try {
        return await run()
      } finally {
        end()
      }
    },
    aroundSync(run) {
      begin()
      try {
        return run()
      } finally {
        end()
      }
    },
  }
}
