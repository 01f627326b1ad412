import type { ReceiptProblem, ReceiptStep } from '../../src/receipt/check-receipt.ts'

/** Every word of the page, in both languages. */
export interface Texts {
  /** BCP 47. */
  language: string
  title: string
  intro: string
  otherLanguage: string
  filesTitle: string
  filesHint: string
  chooseFiles: string
  dropHere: string
  partsTitle: string
  parts: Record<PartName, { label: string; hint: string }>
  keyTitle: string
  keyKnown: string
  keyKnownHint: string
  check: string
  clear: string
  resultTitle: string
  nothingYet: string
  verdicts: Record<Verdict, { title: string; text: string }>
  steps: Record<ReceiptStep, { title: string; good: string; notGiven: string; skipped: string }>
  problems: Record<ReceiptProblem, string>
  results: { good: string; bad: string; 'not-given': string; skipped: string }
  reason: string
  facts: Record<FactName, string>
  factsTitle: string
  contentTitle: string
  files: {
    taken: (name: string, part: string) => string
    unknown: (name: string) => string
    tooLarge: (name: string) => string
    bundle: string
  }
  missing: Record<'proof' | 'entry' | 'log', string>
  badKey: string
  badPolicy: string
  limits: string
}

export const partNames = ['proof', 'entry', 'salt', 'content', 'log', 'policy'] as const
export type PartName = (typeof partNames)[number]
/** `unsure`: right under the key that came with the receipt, of which nobody knows whose it is. */
export type Verdict = 'good' | 'unsure' | 'bad' | 'incomplete'
export const factNames = [
  'origin',
  'index',
  'type',
  'time',
  'size',
  'root',
  'commitment',
  'witnesses',
] as const
export type FactName = (typeof factNames)[number]
