/** Widest card, least distance from the edges of the window, and the room a card may need, in CSS pixels. */
const width = 384
const margin = 12
const room = 220

/**
 * The quoted words beside a citation: above it where there is room, else below. It lets the pointer through, so that it
 * never stands in the way of the next citation; the same words stand in the list of sources and in the original.
 * Spans only: it stands in the middle of a paragraph.
 */
export function QuoteCard({
  near,
  name,
  where,
  quote,
}: {
  near: HTMLElement
  name: string
  where: string
  quote: string
}) {
  const { left, top, bottom } = near.getBoundingClientRect()
  const above = top > room
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none fixed z-40 block py-1.5 whitespace-normal"
      style={{
        width: Math.min(width, innerWidth - 2 * margin),
        left: Math.max(margin, Math.min(left - 24, innerWidth - width - margin)),
        ...(above ? { bottom: innerHeight - top } : { top: bottom }),
      }}
    >
      <span className="block animate-rise rounded-lg border border-line bg-ground p-4 text-14 leading-relaxed font-normal text-text no-underline shadow-float">
        <span className="block font-medium">{name}</span>
        <span className="block text-12 text-muted">{where}</span>
        <span className="mt-2 line-clamp-5 border-s-4 border-highlight ps-3">{quote}</span>
      </span>
    </span>
  )
}
