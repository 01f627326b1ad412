import { longestMarker, readMarker } from './marker.ts'

/** What a model wrote, taken apart: text to show, and citations standing where they stood in it. */
export type Written = { type: 'text'; text: string } | { type: 'marker'; numbers: number[] }

export interface WrittenReader {
  /** Takes the next stretch, in whatever pieces the network made; gives what is certain by now. */
  push(delta: string): Written[]
  /** Gives the rest. */
  end(): Written[]
}

/**
 * A stretch held back never grows beyond this (UTF-16 code units). What is still open then is no prose; the
 * characters that hold it open are dropped.
 */
const longestHeld = 2048
const openers = /[[\]【】［］〔〕<>!\\]|:\/\/|www\./giu

// A recognised citation stands in the held text as one private character per number, so that all that follows
// is plain rewriting of strings. These characters are removed from what the model writes.
const firstCite = 0xf0000
const cite = '[\\u{F0001}-\\u{F0063}]'
const cites = new RegExp(cite, 'gu')
const citeRun = new RegExp(`(${cite}+)`, 'u')
const repeatedCites = new RegExp(`${cite}{2,}`, 'gu')
const encode = (numbers: number[]) => String.fromCodePoint(...numbers.map((number) => firstCite + number))
const decode = (run: string) => [...new Set([...run].map((char) => char.codePointAt(0)! - firstCite))]

const inUrl = '[^\\s"\'<>()\\[\\]{}|\\\\^`，。；：、！？“”‘’（）【】《》「」\\p{Script=Han}]'
const scheme = '(?:https?:\\/\\/|ftp:\\/\\/|file:\\/\\/|www\\.)'
const address = new RegExp(`${scheme}${inUrl}*`, 'giu')
const openAddress = new RegExp(`${scheme}${inUrl}*$`, 'iu')
const openScheme = new RegExp(
  `(?:${['https://', 'http://', 'ftp://', 'file://', 'www.']
    .flatMap((whole) => [...whole.slice(0, -1)].map((_, index) => whole.slice(0, index + 1)))
    .join('|')})$`,
  'i',
)
const bracketed = /[[【［〔][^[\]【】［］〔〕\n]*[\]】］〕]/gu
const link = /!?\[([^[\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)/gu
const openLink = /!?\[[^[\]\n]*\]\([^\n]*$/u
const citedLink = new RegExp(`(${cite})\\((?:[#/]|[a-z]+:|www\\.)[^()\\n]*\\)`, 'giu')
const openCitedLink = new RegExp(`${cite}\\([^)\\n]*$`, 'u')
/** Only what is neither letter nor figure can complete anything; taken one by one, cuts make no difference. */
const chunks = /[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu
/** Elements that load, link, script or place; anything else in angle brackets (`x<y`) is text. */
const tag =
  /<\/?(?:a|img|image|svg|math|script|style|iframe|object|embed|video|audio|source|track|link|form|input|button|meta|base|picture|sup|sub|br|span|div|p)(?:[\s/][^<>]*)?>|<(?:https?|ftp|mailto):[^<>\s]*>/giu
const openTag = /<(?:[a-z/][^>]*)?$/iu
const blankBetweenCites = new RegExp(`(${cite})[ \\t]+(?=${cite})`, 'gu')
/** Space before a citation goes where no letter or figure follows: "20% [1]." reads "20%.". */
const blankBeforeCite = new RegExp(`[ \\t]+(${cite}+)(?![ \\t]*${cite}|[\\p{Script=Latin}\\p{N}(]|$)`, 'gu')
const blankBeforeLastCite = new RegExp(`[ \\t]+(${cite}+)$`, 'u')
/** Between letters a citation leaves a space, so that taking it out joins no word, address or tag. */
const citeInWord = new RegExp(
  `(?:(?<=[A-Za-z0-9<:/])${cite}+(?=[A-Za-z0-9/])|(?<=www|https?|ftp|file)${cite}+(?=[.:]))`,
  'giu',
)
const openTail = new RegExp(`[ \\t!\\\\]*(?:${cite}[ \\t]*)*$`, 'u')

/**
 * Reads an answer as it streams in: takes citations out of the text, and links, remote images and HTML with them.
 * An address stays, as plain text, where `isQuoted` finds it in the passages that were sent.
 *
 * Whatever could still become a citation, a link or a tag is held back; taking one out is followed by looking at
 * what then stands side by side. So `[[2]1]` leaves no `[1]` behind, and the result is the same however the
 * answer was cut into pieces.
 */
export function createWrittenReader(isQuoted: (url: string) => boolean): WrittenReader {
  let held = ''
  /** First half of a surrogate pair whose second half has not come yet. */
  let half = ''

  const take = (chunk: string): Written[] => {
    held = rewrite(held + chunk, isQuoted, false)
    if (held.length - certain(held) > longestHeld) held = held.replace(openers, '')
    const until = certain(held)
    const out = split(held.slice(0, until))
    held = held.slice(until)
    return out
  }

  return {
    push(delta) {
      const joined = half + delta
      half = /[\ud800-\udbff]$/.test(joined) ? joined.at(-1)! : ''
      const whole = (half === '' ? joined : joined.slice(0, -1)).toWellFormed().replace(cites, '')
      return joinTexts((whole.match(chunks) ?? []).flatMap(take))
    },
    end() {
      const out = split(rewrite(held + half.toWellFormed(), isQuoted, true).trimEnd())
      held = ''
      half = ''
      return out
    },
  }
}

function rewrite(text: string, isQuoted: (url: string) => boolean, final: boolean): string {
  const addressEnd = (found: string, at: number, all: string) => {
    if (!final && at + found.length === all.length) return found
    return isQuoted(found.replace(/[.,;:!?]+$/, '')) ? found : ''
  }
  for (let before = ''; before !== text; ) {
    before = text
    text = text
      .replace(/\\(?=[[\]])/g, '')
      .replace(bracketed, citeOrText)
      .replace(citedLink, '$1')
      .replace(link, '$1')
      .replace(tag, '')
      .replace(address, addressEnd)
      .replace(blankBetweenCites, '$1')
      .replace(repeatedCites, (run) => encode(decode(run)))
      .replace(blankBeforeCite, '$1')
      .replace(citeInWord, '$& ')
  }
  return final ? text.replace(blankBeforeLastCite, '$1') : text
}

function citeOrText(found: string): string {
  const inner = found.match(cites)?.join('') ?? ''
  const bare = found.replace(cites, '')
  const numbers = readMarker(bare)
  if (numbers) return inner + encode(numbers)
  return inner !== '' && bare.slice(1, -1).trim() === '' ? inner : found
}

/** How much of the held text can no longer change, whatever follows. */
function certain(text: string): number {
  let until = text.length
  for (let before = -1; before !== until; ) {
    before = until
    const sure = text.slice(0, until)
    for (const open of [openAddress, openScheme, openLink, openCitedLink, openTag, openTail]) {
      const at = sure.search(open)
      if (at >= 0) until = Math.min(until, at)
    }
    until = Math.min(until, openBracket(sure))
  }
  return until
}

/**
 * Start of the first bracket that could still become a citation; the length of the text when there is none.
 * Brackets nest, so each one found looks as far back again.
 */
function openBracket(text: string): number {
  let first = text.length
  let visible = 0
  for (let index = text.length - 1; index >= 0 && visible < longestMarker; index--) {
    const char = text[index]!
    if (char === '\n') break
    if (!isHalfOfCite(char)) visible++
    if (/[[【［〔]/.test(char)) {
      first = text[index - 1] === '!' ? index - 1 : index
      visible = 0
    }
  }
  return first
}

/** Code units of the characters U+F0001 to U+F0063. */
function isHalfOfCite(unit: string): boolean {
  return unit === '\udb80' || (unit >= '\udc01' && unit <= '\udc63')
}

function joinTexts(written: Written[]): Written[] {
  const joined: Written[] = []
  for (const one of written) {
    const last = joined.at(-1)
    if (one.type === 'text' && last?.type === 'text') last.text += one.text
    else joined.push(one)
  }
  return joined
}

function split(text: string): Written[] {
  return text
    .split(citeRun)
    .filter((part) => part !== '')
    .map(
      (part): Written =>
        citeRun.test(part) ? { type: 'marker', numbers: decode(part) } : { type: 'text', text: part },
    )
}
