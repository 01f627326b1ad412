import type { HTMLAttributes, Ref } from 'react'

/**
 * A named part that scrolls by itself. It takes focus, so that the keyboard can scroll it (WCAG 2.1.1). A group, not a
 * landmark: there may be many on a page.
 */
export function ScrollRegion({
  label,
  children,
  ...rest
}: { label: string; ref?: Ref<HTMLDivElement> } & HTMLAttributes<HTMLDivElement>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/noNoninteractiveTabindex: a fieldset is for forms; for the focus see above
    <div role="group" tabIndex={0} aria-label={label} {...rest}>
      {children}
    </div>
  )
}
