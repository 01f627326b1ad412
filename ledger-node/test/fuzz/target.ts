/** Something that takes bytes from outside. */
export interface FuzzTarget {
  name: string
  /** Valid inputs to start from. */
  samples: readonly Buffer[]
  /** How often it is chosen, beside the others. */
  weight: number
  /**
   * Takes an input.
   * @throws one of `errors` for what it refuses; anything else, like a wrong answer, is a finding
   */
  run(input: Buffer): void | Promise<void>
  /** Names of the documented errors. */
  errors: readonly string[]
}

/** An input was taken for something that it is not. */
export class Misjudged extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Misjudged'
  }
}

export function insist(holds: boolean, message: string): void {
  if (!holds) throw new Misjudged(message)
}
