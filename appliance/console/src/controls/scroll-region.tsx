import type { HTMLAttributes, Ref } from 'react'

/** A named part that scrolls by itself. It takes focus, so that the keyboard can scroll it (WCAG 2.1.1). */
export function ScrollRegion({
  label,
  children,
  ...rest
}: { label: string; ref?: Ref<HTMLElement> } & HTMLAttributes<HTMLElement>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section tabIndex={0} aria-label={label} {...rest}>
      {children}
    </section>
  )
}
