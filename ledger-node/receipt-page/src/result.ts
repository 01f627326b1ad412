import {
  canonicalOf,
  type ReceiptReport,
  receiptSteps,
  type StepOutcome,
} from '../../src/receipt/check-receipt.ts'
import { element } from './element.ts'
import type { Judgement } from './judge.ts'
import { type FactName, factNames, type Texts } from './texts.ts'

/** The verdict, what was looked at, and what the receipt says as far as that is made sure of. */
export function resultView(judgement: Judgement, content: string, texts: Texts): HTMLElement {
  const { verdict, report } = judgement
  const words = texts.verdicts[verdict]
  return element(
    'div',
    { className: 'result' },
    element(
      'div',
      { className: `verdict ${verdict}` },
      element('p', { className: 'verdict-title' }, mark(verdict), words.title),
      element('p', {}, words.text),
      ...lacks(judgement, texts).map((text) => element('p', {}, text)),
    ),
    report && stepsView(report, texts),
    report && factsView(report, texts),
    report?.steps.content.result === 'good' ? contentView(content, texts) : null,
  )
}

function lacks({ missing, badKey, badPolicy }: Judgement, texts: Texts): string[] {
  return [
    ...missing.map((name) => texts.missing[name]),
    ...(badKey === null ? [] : [texts.badKey + badKey]),
    ...(badPolicy === null ? [] : [texts.badPolicy + badPolicy]),
  ]
}

const marks: Record<string, string> = {
  good: '✓',
  unsure: '!',
  bad: '✕',
  incomplete: '…',
  'not-given': '–',
  skipped: '–',
}

function mark(kind: string): HTMLElement {
  return element('span', { className: 'mark', 'aria-hidden': 'true' }, marks[kind] ?? '')
}

function stepsView({ steps }: ReceiptReport, texts: Texts): HTMLElement {
  const items = receiptSteps.map((name) => {
    const outcome = steps[name]
    const words = texts.steps[name]
    return element(
      'li',
      { className: `step ${outcome.result}` },
      mark(outcome.result),
      element(
        'div',
        {},
        element(
          'p',
          { className: 'step-title' },
          element('span', {}, words.title),
          element('span', { className: 'step-result' }, texts.results[outcome.result]),
        ),
        element('p', { className: 'step-text' }, textOf(outcome, words, texts)),
        reasonView(outcome, texts),
      ),
    )
  })
  return element('ul', { className: 'steps' }, ...items)
}

function textOf(outcome: StepOutcome, words: Texts['steps']['proof'], texts: Texts): string {
  if (outcome.result === 'bad') return texts.problems[outcome.problem]
  if (outcome.result === 'good') return words.good
  return outcome.result === 'skipped' ? words.skipped : words.notGiven
}

function reasonView(outcome: StepOutcome, texts: Texts): HTMLElement | null {
  if (outcome.result !== 'bad') return null
  return element('p', { className: 'reason' }, texts.reason, element('span', { lang: 'en' }, outcome.reason))
}

function factsView(report: ReceiptReport, texts: Texts): HTMLElement | null {
  const { checkpoint, index, entry, witnesses, of } = report
  const isIn = report.steps.inclusion.result === 'good'
  const facts: Partial<Record<FactName, string>> = {
    ...(checkpoint && {
      origin: checkpoint.origin,
      size: String(checkpoint.size),
      root: checkpoint.root.toString('hex'),
    }),
    ...(isIn && index !== null && { index: String(index) }),
    ...(isIn && entry && { type: entry.type, time: entry.time, commitment: entry.commitment }),
    ...(of > 0 &&
      checkpoint && { witnesses: `${witnesses.join(', ') || '–'} (${witnesses.length} / ${of})` }),
  }
  const rows = factNames.flatMap((name) => {
    const value = facts[name]
    return value === undefined ? [] : [element('dt', {}, texts.facts[name]), element('dd', {}, value)]
  })
  if (rows.length === 0) return null
  return element('div', {}, element('h3', {}, texts.factsTitle), element('dl', {}, ...rows))
}

function contentView(content: string, texts: Texts): HTMLElement {
  const canonical = canonicalOf(content)
  const pretty = canonical === null ? content : JSON.stringify(JSON.parse(canonical), null, 2)
  const box = { tabIndex: 0, role: 'region', 'aria-label': texts.contentTitle }
  return element('div', {}, element('h3', {}, texts.contentTitle), element('pre', box, pretty))
}
