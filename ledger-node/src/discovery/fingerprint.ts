import { hash } from 'node:crypto'
import { formatVerifierKey } from '../note/key.ts'
import type { Card } from '../peers/card.ts'

/**
 * What two people compare before a card is trusted: SHA-256 over both ledger keys as they are written, each with a
 * line end; the first 80 bits in groups of four hex digits (PROTOCOL.md section 3).
 */
export function cardFingerprint({ log, cosigner }: Pick<Card, 'log' | 'cosigner'>): string {
  const keys = `${formatVerifierKey(log)}\n${formatVerifierKey(cosigner)}\n`
  return hash('sha256', keys, 'hex').slice(0, 20).match(/.{4}/g)!.join('-')
}

/** Whether a person typed this fingerprint, however the groups are parted. */
export function isFingerprint(typed: string, fingerprint: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[\s:-]/g, '')
  return plain(typed) === plain(fingerprint)
}
