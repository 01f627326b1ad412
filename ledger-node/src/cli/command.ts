import type { Config } from '../config.ts'
import type { ExitCode } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import type { NodeApi } from './node-api.ts'
import type { Values } from './options.ts'
import type { Output } from './output.ts'

/** What a command is given. */
export interface Surround {
  words: readonly string[]
  values: Values
  output: Output
  language: Language
  /** Settings of the node on this machine. */
  config: () => Config
  /** The running node. */
  node: () => NodeApi
  signal: AbortSignal
}

export type Command = (surround: Surround) => Promise<ExitCode>

/** A line in the language of the person. */
export function tell({ output, language }: Surround, name: TextName, ...given: (string | number)[]): void {
  output.line(say(language, name, ...given))
}
