import { type InputHTMLAttributes, useId } from 'react'

/** A labelled input with its hint and its error, tied together for assistive technology. */
export function Field({
  label,
  hint,
  error,
  className = '',
  ...rest
}: { label: string; hint?: string; error?: string | undefined } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-14 font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={note ? noteId : undefined}
        className={`${inputClass} min-h-11 w-full`}
        {...rest}
      />
      {/* The line is always there, so that an error moves nothing. */}
      <p
        id={noteId}
        className={`mt-1 min-h-6 text-14 ${error ? 'text-error' : 'text-muted'}`}
        role={error ? 'alert' : undefined}
      >
        {note}
      </p>
    </div>
  )
}

/** The look of a field; its size is for whoever places it. */
export const inputClass =
  'rounded border border-line-strong bg-ground px-3 text-16 lg:text-14 placeholder:text-muted aria-invalid:border-error'
