import { foldFigures } from './quantities.ts'

/**
 * Personal numbers and addresses that have no business outside the box: each is replaced by a placeholder and
 * put back into the answer. Conservative on purpose: card and identity numbers must pass their own check digits,
 * so that amounts, dates and document numbers stay as they are.
 */
export interface Redaction {
  redact(text: string): string
  /** How often each kind was replaced. */
  counts(): { kind: string; count: number }[]
  /** Puts the originals back into streamed text; what may be half a placeholder is held back. */
  restorer(): { push(delta: string): string; end(): string }
}

const kinds = [
  {
    kind: 'identity-card',
    label: '证件',
    pattern:
      '(?<![\\dA-Za-z])[1-9]\\d{5}(?:18|19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])\\d{3}[\\dXx](?![\\dA-Za-z])',
    holds: isIdentityNumber,
  },
  {
    kind: 'bank-card',
    label: '卡号',
    pattern: '(?<![\\d.A-Za-z-])(?:62|3[47]|4|5)(?:[ -]?\\d){12,17}(?![\\dA-Za-z])',
    holds: (found: string) => found.length >= 15 && found.length <= 19 && isLuhn(found),
  },
  {
    kind: 'mobile',
    label: '手机',
    pattern: '(?<![\\d.A-Za-z])(?:(?:\\+|00)?86[- ]?)?1[3-9]\\d[ -]?\\d{4}[ -]?\\d{4}(?![\\dA-Za-z])',
    holds: () => true,
  },
  {
    kind: 'e-mail',
    label: '邮箱',
    pattern:
      '(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])',
    holds: () => true,
  },
] as const

const pattern = new RegExp(kinds.map((one, index) => `(?<k${index}>${one.pattern})`).join('|'), 'gu')
const placeholder = /⟦\s?(?:证件|卡号|手机|邮箱)\s?\d+\s?⟧/gu
const longestPlaceholder = 16

/** `texts` are all texts that will be redacted: a placeholder that one of them already holds is not used. */
export function createRedaction(texts: readonly string[]): Redaction {
  const taken = new Set(texts.flatMap((text) => text.match(placeholder) ?? []).map(canonical))
  const placeholderOf = new Map<string, string>()
  const originals = new Map<string, string>()
  const counts = new Map<string, number>()

  const replace = (found: string, index: number): string => {
    const { kind, label, holds } = kinds[index]!
    const value = found.replace(/[ -]/g, '')
    if (!holds(value)) return found
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const key = `${kind} ${kind === 'e-mail' ? found.toLowerCase() : value}`
    const known = placeholderOf.get(key)
    if (known !== undefined) return known
    let number = 1
    while (taken.has(`⟦${label}${number}⟧`)) number++
    const made = `⟦${label}${number}⟧`
    taken.add(made)
    placeholderOf.set(key, made)
    originals.set(made, found)
    return made
  }

  return {
    redact(text) {
      let out = ''
      let from = 0
      for (const match of foldFigures(text).matchAll(pattern)) {
        const index = kinds.findIndex((_, each) => match.groups![`k${each}`] !== undefined)
        const replaced = replace(match[0], index)
        if (replaced === match[0]) continue
        out += text.slice(from, match.index) + replaced
        from = match.index + match[0].length
      }
      return out + text.slice(from)
    },
    counts: () => [...counts].map(([kind, count]) => ({ kind, count })),
    restorer() {
      let held = ''
      const restore = (text: string) =>
        text.replace(placeholder, (found) => originals.get(canonical(found)) ?? found)
      return {
        push(delta) {
          held = restore(held + delta)
          const open = held.lastIndexOf('⟦')
          const until = open >= 0 && held.length - open < longestPlaceholder ? open : held.length
          const out = held.slice(0, until)
          held = held.slice(until)
          return out
        },
        end() {
          const out = held
          held = ''
          return out
        },
      }
    },
  }
}

const canonical = (found: string) => found.replace(/\s/g, '')

/** GB 11643-1999: eighteen places, the last by ISO 7064 MOD 11-2. */
function isIdentityNumber(number: string): boolean {
  let sum = 0
  for (let index = 0; index < 17; index++) sum += Number(number[index]) * (2 ** (17 - index) % 11)
  return '10X98765432'[sum % 11] === number[17]!.toUpperCase()
}

/** ISO/IEC 7812-1, annex B. */
function isLuhn(number: string): boolean {
  let sum = 0
  for (let index = 0; index < number.length; index++) {
    const digit = Number(number[number.length - 1 - index])
    sum += index % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
  }
  return sum % 10 === 0
}
