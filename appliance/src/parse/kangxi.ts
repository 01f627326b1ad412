/**
 * PDFs made by browsers, and texts copied out of them, write Kangxi radicals (U+2F00-2FD5) for the characters drawn
 * alike: ⼀、 for 一、. This puts the characters back, one for one, so that offsets stay.
 */
export function withoutKangxi(text: string): string {
  return text.replace(/[\u2f00-\u2fd5]/g, (radical) => radical.normalize('NFKC'))
}
