/** What the command line ends with; `--help` explains them. */
export const exitCodes = {
  ok: 0,
  /** Something was checked and is not so, or the node refused. */
  failed: 1,
  usage: 2,
  /** No node answers at the address. */
  unreachable: 3,
  /** There is nothing of the kind, or not yet. */
  notFound: 4,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
