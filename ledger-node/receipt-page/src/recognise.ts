import { readForm } from '../../src/entry-form.ts'
import { parseReceipt, type ReceiptFile, receiptFormat } from '../../src/receipt/receipt-file.ts'
import type { PartName } from './texts.ts'

/** What a file turned out to be: a whole receipt, or one part of it. */
export type Recognised = { kind: 'receipt'; receipt: ReceiptFile } | { kind: PartName; text: string }

/** Tells by what is in it which part of a receipt a file is; null when it is none. */
export function recognise(text: string): Recognised | null {
  const trimmed = text.trim()
  if (trimmed.includes(`"${receiptFormat}"`)) {
    const receipt = receiptOrNull(trimmed)
    if (receipt) return { kind: 'receipt', receipt }
  }
  if (text.startsWith('c2sp.org/tlog-proof@')) return { kind: 'proof', text }
  if (readForm(trimmed)) return { kind: 'entry', text: trimmed }
  if (/^[0-9a-f]{64}$/.test(trimmed)) return { kind: 'salt', text: trimmed }
  if (/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(trimmed)) return { kind: 'log', text: trimmed }
  if (/^quorum[ \t]/m.test(text)) return { kind: 'policy', text }
  return isJson(trimmed) ? { kind: 'content', text: trimmed } : null
}

function receiptOrNull(text: string): ReceiptFile | null {
  try {
    return parseReceipt(text)
  } catch {
    return null
  }
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
