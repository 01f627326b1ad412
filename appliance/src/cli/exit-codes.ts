/** What the command line ends with; `--help` explains them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  nothingRunning: 3,
  notFound: 4,
  someFilesFailed: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
