import type { DocumentRow } from '../../../src/model.ts'

/** The kind of file as a small plate of letters. */
export function TypeMark({ type }: { type: DocumentRow['type'] }) {
  return (
    <span className="mt-0.5 flex h-9 w-11 shrink-0 items-center justify-center rounded border border-line bg-raised text-12 tracking-tight text-muted uppercase">
      {type === 'unknown' ? '?' : type}
    </span>
  )
}
