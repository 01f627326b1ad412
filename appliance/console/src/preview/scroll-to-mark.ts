/** Brings a highlighted word to the middle of what scrolls around it. */
export function scrollToMark(mark: Element): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  mark.scrollIntoView({ block: 'center', inline: 'nearest', behavior: still ? 'instant' : 'smooth' })
}
