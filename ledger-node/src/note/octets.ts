/**
 * Names in a policy are octets (C2SP tlog-policy, section Character set): compared as they are, in whatever encoding.
 * Here they are strings, so that they can be shown: UTF-8 where it is, and where it is not every octet from 0x80 on
 * becomes the lone surrogate U+DC00 + octet, which no UTF-8 decodes to. So no two names become one.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const surrogates = 0xdc00

/** The string for octets. */
export function textOfOctets(octets: Uint8Array): string {
  try {
    return utf8.decode(octets)
  } catch {
    const units = Array.from(octets, (octet) => (octet < 0x80 ? octet : surrogates + octet))
    return units.map((unit) => String.fromCharCode(unit)).join('')
  }
}

/** The octets of such a string; null for a string that stands for none. */
export function octetsOfText(text: string): Buffer | null {
  const octets = text.isWellFormed() ? Buffer.from(text) : Buffer.from(Array.from(text, octetOf))
  return textOfOctets(octets) === text ? octets : null
}

function octetOf(character: string): number {
  const unit = character.charCodeAt(0)
  return unit >= surrogates ? unit - surrogates : unit
}
