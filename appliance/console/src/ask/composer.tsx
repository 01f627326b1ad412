import { type FormEvent, type KeyboardEvent, type RefObject, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../controls/icons.tsx'

/** Where a question is typed. Enter asks, Shift+Enter begins a new line; while an answer arrives, the button stops it. */
export function Composer({
  busy,
  stopping,
  field,
  onAsk,
  onStop,
}: {
  busy: boolean
  stopping: boolean
  field: RefObject<HTMLTextAreaElement | null>
  onAsk: (question: string) => void
  onStop: () => void
}) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  function submit(event?: FormEvent) {
    event?.preventDefault()
    if (busy || text.trim() === '') return
    onAsk(text.trim())
    setText('')
  }
  function onKeyDown(event: KeyboardEvent) {
    // While an input method composes a word, Enter takes the word. (229: Safari reports it after composing has ended.)
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229)
      return
    submit(event)
  }
  return (
    <form
      onSubmit={submit}
      className="flex items-end gap-2 rounded-lg border border-line-strong bg-ground p-1.5 shadow-raised focus-within:border-primary"
    >
      <textarea
        ref={field}
        rows={1}
        aria-label={t('ask.field')}
        placeholder={t('ask.placeholder')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="max-h-48 min-h-11 min-w-0 flex-1 resize-none [field-sizing:content] bg-transparent px-2.5 py-2 text-16 leading-7 outline-none placeholder:text-muted"
      />
      {busy ? (
        <button
          type="button"
          aria-label={t('ask.stop')}
          title={t('ask.stop')}
          disabled={stopping}
          onClick={onStop}
          className="inline-flex size-11 shrink-0 items-center justify-center rounded border border-line-strong hover:bg-sunken disabled:opacity-50"
        >
          <Icon name="stop" />
        </button>
      ) : (
        <button
          type="submit"
          aria-label={t('ask.send')}
          title={t('ask.send')}
          disabled={text.trim() === ''}
          className="inline-flex size-11 shrink-0 items-center justify-center rounded bg-primary text-on-primary hover:bg-primary-hover disabled:opacity-40"
        >
          <Icon name="send" />
        </button>
      )}
    </form>
  )
}
