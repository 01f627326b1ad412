import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { copyText } from './copy-text.ts'

/** Copies `text`, and says for two seconds whether that worked. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation()
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null)
  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), 2000)
    return () => clearTimeout(timer)
  }, [outcome])
  const says =
    outcome === 'copied'
      ? t('action.copied')
      : outcome === 'refused'
        ? t('action.copyRefused')
        : (label ?? t('action.copy'))
  return (
    <Button
      look="quiet"
      icon={outcome === 'copied' ? 'check' : 'copy'}
      onClick={() => void copyText(text).then((done) => setOutcome(done ? 'copied' : 'refused'))}
    >
      <span aria-live="polite">{says}</span>
    </Button>
  )
}
