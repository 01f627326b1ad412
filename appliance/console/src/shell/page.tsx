import type { ReactNode } from 'react'
import { ScrollRegion } from '../controls/scroll-region.tsx'

/** A page that scrolls as a whole, with its heading and what belongs beside it. */
export function Page({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <ScrollRegion label={title} className="h-full overflow-y-auto">
      <div className="mx-auto max-w-5xl space-y-4 px-4 pt-6 pb-32 lg:px-8">
        <div className="flex min-h-11 flex-wrap items-center justify-between gap-3">
          <h1 className="text-24 font-semibold">{title}</h1>
          {aside}
        </div>
        {children}
      </div>
    </ScrollRegion>
  )
}
