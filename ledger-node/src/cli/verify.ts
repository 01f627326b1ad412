import { statSync } from 'node:fs'
import type { VerifierKey } from '../note/key.ts'
import type { VerifyReport } from '../protocol.ts'
import { checkReceipt, receiptSteps } from '../receipt/check-receipt.ts'
import { maxReceiptBytes, parseReceipt, ReceiptError } from '../receipt/receipt-file.ts'
import type { Check } from '../verify/audit-report.ts'
import { verifyLogAt } from '../verify/verify-log-at.ts'
import { type Command, type Surround, tell } from './command.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { readFile, readKey, readPolicy } from './inputs.ts'
import { type Language, say, type TextName, term } from './language.ts'
import { UsageError } from './options.ts'
import { writePage } from './page.ts'
import { reason } from './reasons.ts'

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
      output.line(
        `  ${say(language, 'problem')}: ${report.problem.seq}: ${reason(language, report.problem.what)}`,
      )
    output.line(`  ${say(language, 'entries')}: ${report.entries}`)
    output.line(`  ${say(language, 'checked')}: ${terms(language, report.checked)}`, 4)
    output.line(`  ${say(language, 'notChecked')}: ${terms(language, report.notChecked)}`, 4)
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

function terms(language: Language, words: readonly string[]): string {
  if (language === 'zh') return words.map((word) => term('zh', word)).join('、')
  // Some of them are names of rows as well, and begin with a capital there.
  return words.map((word) => term('en', word).replace(/^[A-Z](?=[a-z])/, (it) => it.toLowerCase())).join(', ')
}

async function verifyPlace(surround: Surround, place: string): Promise<ExitCode> {
  const { values, output, language, signal } = surround
  const policy = readPolicy(values.policy)
  const key = readKey(values.key)
  const report = await verifyLogAt(prefixOf(place, key), {
    key,
    ...(policy && { policy }),
    ...(values.any && { any: true }),
    signal,
  })
  signal.throwIfAborted()
  if (/^no (whole )?answer/.test(report.problem?.why ?? '')) {
    // Nothing is known of the log then, neither good nor bad.
    const away = say(language, 'noLogThere', place, reason(language, report.problem!.why))
    if (output.json) output.document({ ...report, error: { code: 'unreachable', message: away } })
    output.remark(away)
    return exitCodes.unreachable
  }
  if (output.json) output.document(report)
  else {
    tell(surround, report.ok ? 'sound' : 'unsound')
    if (report.problem) {
      const { where, entry, why } = report.problem
      const at = [where, entry === null ? null : `#${entry}`].filter((it) => it !== null).join(' ')
      output.line(`  ${say(language, 'problem')}: ${at && `${at}: `}${reason(language, why)}`, 4)
    }
    output.line(`  ${say(language, 'origin')}: ${report.origin}`)
    output.line(`  ${say(language, 'entries')}: ${report.entries}/${report.size ?? '?'}`)
    if (report.finality) {
      const { witnesses, of } = report.finality
      output.line(`  ${say(language, 'witnesses')}: ${witnesses.length}/${of} ${witnesses.join(', ')}`, 4)
    }
    if (report.checked.length > 0)
      output.line(`  ${say(language, 'checked')}: ${terms(language, report.checked)}`, 4)
    for (const { what } of report.notChecked)
      output.line(
        `  ${say(language, 'notChecked')}: ${term(language, what)} (${say(language, whyNot(what, values))})`,
        4,
      )
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

/** A node serves its log below its address, at what follows the host in the origin (SPEC.md section 7). */
function prefixOf(place: string, { name }: VerifierKey): string {
  const isAddress = URL.canParse(place) && new URL(place).pathname === '/' && /^https?:/i.test(place)
  return isAddress ? place.replace(/\/+$/, '') + name.slice(name.indexOf('/')) : place
}

/** Why a check was left out. */
function whyNot(what: Check, values: Surround['values']): TextName {
  if (what === 'contents') return 'contentsElsewhere'
  if (what === 'finality') return 'noPolicy'
  return what === 'consistency-with-earlier-checkpoints' || !values.any ? 'onlyThisCheckpoint' : 'anyLog'
}

async function verifyReceipt(surround: Surround, path: string): Promise<ExitCode> {
  const { values, output, language } = surround
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
      const why = outcome.result === 'bad' ? ` (${reason(language, outcome.reason)})` : ''
      output.line(`  ${term(language, step)}: ${term(language, outcome.result)}${why}`, 4)
    }
  }
  return report.ok ? exitCodes.ok : exitCodes.failed
}

function readReceipt(path: string) {
  const bytes = readFile(path, maxReceiptBytes)
  try {
    return parseReceipt(bytes)
  } catch (cause) {
    if (!(cause instanceof ReceiptError)) throw cause
    if (bytes.toString().startsWith('c2sp.org/tlog-proof@'))
      throw new UsageError(['isBareProof', path], { cause })
    throw new UsageError(['isNoReceipt', path, cause.message], { cause })
  }
}
