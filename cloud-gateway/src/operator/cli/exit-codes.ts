/** What the command line ends with; `--help` explains them. */
export const exitCodes = {
  ok: 0,
  /** Refused, or it went wrong. */
  failed: 1,
  usage: 2,
  /** The gateway does not run, or its accounts cannot be reached. */
  unreachable: 3,
  /** There is no such box. */
  notFound: 4,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
