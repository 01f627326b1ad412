import type { Accounts, BoxAccount } from '../../accounts/accounts.ts'
import type { Config } from '../../config.ts'
import type { AdminApi } from './admin-api.ts'
import type { ExitCode } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import type { Values } from './options.ts'
import type { Output } from './output.ts'

/** What a command is given. */
export interface Surround {
  /** Of commands that are about one box. */
  box: string
  values: Values
  output: Output
  language: Language
  config: () => Config
  /** Opened when it is asked for, closed at the end of the command. */
  accounts: () => Promise<Accounts>
  /** The running gateway. */
  gateway: () => AdminApi
  /** A question to the person at the terminal. @throws UsageError where there is none */
  confirm: (question: string) => Promise<boolean>
}

export type Command = (surround: Surround) => Promise<ExitCode>

/** There is no box of that id. */
export class NoSuchBox extends Error {
  override readonly name = 'NoSuchBox'
}

/** A line in the language of the person. */
export function tell({ output, language }: Surround, name: TextName, ...given: (string | number)[]): void {
  output.line(say(language, name, ...given))
}

/** @throws NoSuchBox */
export async function accountOf(accounts: Accounts, box: string): Promise<BoxAccount> {
  const account = await accounts.find(box)
  if (!account) throw new NoSuchBox(box)
  return account
}
