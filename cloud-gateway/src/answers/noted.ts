import type { Progress } from '../accounts/accounts.ts'

/** Which of the running answers have gone on since the accounts were last told of them. */
export interface Noted {
  news(running: readonly Progress[]): Progress[]
  /** The accounts know them all as they are here. */
  told(running: readonly Progress[]): void
}

export function createNoted(): Noted {
  let known = new Map<string, string>()
  return {
    news: (running) => running.filter((progress) => known.get(nameOf(progress)) !== stateOf(progress)),
    told(running) {
      known = new Map(running.map((progress) => [nameOf(progress), stateOf(progress)]))
    },
  }
}

const nameOf = ({ box, rid, epoch }: Progress) => `${box} ${rid} ${epoch}`
const stateOf = ({ target, usage }: Progress) =>
  `${usage.promptTokens} ${usage.completionTokens} ${usage.exact} ${target}`
