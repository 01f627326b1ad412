import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

/** What a page says while there is nothing: what would stand here and how to get it. */
export function Empty({
  icon,
  title,
  children,
  action,
  heading: Heading = 'h2',
}: {
  icon: IconName
  title: string
  children: ReactNode
  action?: ReactNode
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2'
}) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-12 text-center">
      <span className="flex size-14 items-center justify-center rounded-full bg-primary-soft text-primary">
        <Icon name={icon} size={28} />
      </span>
      <Heading className="text-20 font-semibold">{title}</Heading>
      <div className="text-muted">{children}</div>
      {action}
    </div>
  )
}
