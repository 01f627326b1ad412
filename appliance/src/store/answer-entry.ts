import { createHash } from 'node:crypto'
import type { ContentOf } from '@tanbox/ledger-node/kinds'
import type { Answer } from '../model.ts'

/** What the ledger commits to about an answer: hashes and ids, so that erasing the answer leaves nothing of it. */
export function answerEntry(answer: Answer): ContentOf<'answer'> {
  return {
    answer: answer.id,
    conversation: answer.conversation,
    question: sha256(answer.question),
    sent: answer.receipt.sha256,
    text: sha256(answer.text),
    passages: answer.passages.map((sent) => sent.passage),
    cited: [...new Set(answer.citations.map((citation) => citation.passage))],
    redactions: answer.receipt.redactions.reduce((sum, { count }) => sum + count, 0),
    outcome: answer.outcome,
    via: answer.via,
    model: answer.model,
    at: answer.createdAt,
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
