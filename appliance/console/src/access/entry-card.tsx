import type { ReactNode } from 'react'
import { Appearance } from '../shell/appearance.tsx'
import { Wordmark } from '../shell/wordmark.tsx'

/** The card in the middle of the screen before anybody is signed in. */
export function EntryCard({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-raised">
      <header className="flex h-14 items-center justify-between px-4">
        <Wordmark />
        <Appearance />
      </header>
      <main className="mx-auto w-full max-w-md flex-1 px-4 pt-[8vh] pb-8">
        <div className="rounded-lg border border-line bg-ground p-6 shadow-raised sm:p-8">
          <h1 className="text-24 font-semibold">{title}</h1>
          <p className="mt-2 mb-6 text-muted">{lead}</p>
          {children}
        </div>
      </main>
    </div>
  )
}
