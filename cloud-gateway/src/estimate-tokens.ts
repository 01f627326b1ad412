/** What a text costs where no model server counted it. Always shown as an estimate. */
import type { AskBody } from './protocol.ts'

/**
 * One token per Chinese, Japanese or Korean character, a third for each other byte (rounded up once). Walks over the
 * code units: this runs over every prompt, of up to half a megabyte.
 */
export function estimateTokens(text: string): number {
  let characters = 0
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit < 0xd800 || unit > 0xdfff) {
      // Three bytes: a whole token by either rule, whatever the script.
      characters += 1
    } else {
      at += 1
      // The high surrogates of planes 2 and 3, which hold rare Chinese characters; the other planes are four bytes.
      if (unit >= 0xd840 && unit <= 0xd8bf) characters += 1
      else bytes += 4
    }
  }
  return characters + Math.ceil(bytes / 3)
}

/** What a chat template, the rule about passages and the marks around each add to the words themselves. */
const templateTokens = 80
const messageTokens = 4
const passageTokens = 32

/** Tokens of the whole prompt that is made of a question. */
export function estimatePrompt(question: AskBody): number {
  let tokens = templateTokens + estimateTokens(question.system) + estimateTokens(question.question)
  for (const { content } of question.history) tokens += messageTokens + estimateTokens(content)
  for (const { title, where, text } of question.passages) {
    tokens += passageTokens + estimateTokens(title) + estimateTokens(where) + estimateTokens(text)
  }
  return tokens
}
