import { existsSync, statSync } from 'node:fs'
import type { VerifyReport } from '../protocol.ts'
import { checkReceipt, receiptSteps } from '../receipt/check-receipt.ts'
import { maxReceiptBytes, parseReceipt, ReceiptError } from '../receipt/receipt-file.ts'
import { verifyLogAt } from '../verify/verify-log-at.ts'
import { type Command, type Surround, tell } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { readFile, readKey, readPolicy } from './inputs.ts'
import { say } from './language.ts'
import { UsageError } from './options.ts'
import { writePage } from './page.ts'

/** Verifies the node's own log, a log that lies somewhere, or a receipt. */
export const verify: Command = async (surround) => {
  const [place] = surround.words
  if (surround.values.page !== undefined) return writePage(surround, surround.values.page)
  if (place === undefined) return verifyOwn(surround)
  if (/^https?:/i.test(place)) return verifyPlace(surround, place)
  return statSync(place).isDirectory() ? verifyPlace(surround, place) : verifyReceipt(surround, place)
}

async function verifyOwn(surround: Surround): Promise<ExitCode> {
  const { node, output, language } = surround
  const report = await node().post<VerifyReport>('/v1/verify')
  if (output.json) output.document(report)
  else {
    tell(surround, report.ok ? 'sound' : 'unsound')
    if (report.problem)
      output.line(`  ${say(language, 'problem')}: ${report.problem.seq}: ${report.problem.what}`)
    output.line(`  ${say(language, 'entries')}: ${report.entries}`)
    output.line(`  ${say(language, 'checked')}: ${report.checked.join(', ')}`)
    output.line(`  ${say(language, 'notChecked')}: ${report.notChecked.join(', ')}`)
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

async function verifyPlace(surround: Surround, place: string): Promise<ExitCode> {
  const { values, output, language, signal } = surround
  const policy = readPolicy(values.policy)
  const report = await verifyLogAt(place, {
    key: readKey(values.key),
    ...(policy && { policy }),
    ...(values.any && { any: true }),
    signal,
  })
  signal.throwIfAborted()
  if (output.json) output.document(report)
  else {
    tell(surround, report.ok ? 'sound' : 'unsound')
    if (report.problem) {
      const { where, entry, why } = report.problem
      const at = [where, entry === null ? null : `#${entry}`].filter((it) => it !== null).join(' ')
      output.line(`  ${say(language, 'problem')}: ${at && `${at}: `}${why}`)
    }
    output.line(`  ${say(language, 'origin')}: ${report.origin}`)
    output.line(`  ${say(language, 'entries')}: ${report.entries}/${report.size ?? '?'}`)
    if (report.finality) {
      const { witnesses, of } = report.finality
      output.line(`  ${say(language, 'witnesses')}: ${witnesses.length}/${of} ${witnesses.join(', ')}`)
    }
    output.line(`  ${say(language, 'checked')}: ${report.checked.join(', ')}`)
    for (const { what, because } of report.notChecked)
      output.line(`  ${say(language, 'notChecked')}: ${what} (${because})`)
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

async function verifyReceipt(surround: Surround, path: string): Promise<ExitCode> {
  const { values, output } = surround
  if (!existsSync(path)) throw new UsageError(`there is no ${path}`)
  const policy = readPolicy(values.policy)
  const { proof, entry, salt, content } = readReceipt(path)
  const report = checkReceipt({
    ...{ proof, entry: Buffer.from(entry), key: readKey(values.key) },
    ...(salt !== undefined && { salt }),
    ...(content !== undefined && { content }),
    ...(policy && { policy }),
  })
  const { checkpoint, index, ...rest } = report
  const said = {
    ...rest,
    index: index === null ? null : Number(index),
    checkpoint: checkpoint && {
      origin: checkpoint.origin,
      size: Number(checkpoint.size),
      root: checkpoint.root.toString('hex'),
    },
  }
  if (output.json) output.document(said)
  else {
    tell(surround, report.ok ? 'sound' : 'unsound')
    for (const step of receiptSteps) {
      const outcome = report.steps[step]
      output.line(`  ${step}: ${outcome.result}${outcome.result === 'bad' ? ` (${outcome.reason})` : ''}`)
    }
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

function readReceipt(path: string) {
  try {
    return parseReceipt(readFile(path, maxReceiptBytes))
  } catch (cause) {
    if (!(cause instanceof ReceiptError)) throw cause
    throw new UsageError(`${path} is no receipt: ${cause.message}`, { cause })
  }
}
