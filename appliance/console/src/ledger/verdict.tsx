import { useTranslation } from 'react-i18next'
import type { LedgerVerdict } from '../api/shapes.ts'
import { Notice } from '../controls/notice.tsx'
import { countText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/** What a verification found. Everything but a plain yes is shown as a failure. */
export function Verdict({ verdict }: { verdict: LedgerVerdict }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const entries = countText(verdict.entries, language)
  if (verdict.ok) {
    return (
      <Notice tone="good" live>
        <p className="font-semibold" data-verdict="ok">
          {t('ledger.holds', { entries })}
        </p>
        <p>{t('ledger.opened', { opened: countText(verdict.contents.opened, language) })}</p>
      </Notice>
    )
  }
  return (
    <Notice tone="error" live>
      <p className="font-semibold" data-verdict="broken">
        {t('ledger.broken', { entries })}
      </p>
      {verdict.problem && (
        <p lang="en">
          #{verdict.problem.seq}: {verdict.problem.what}
        </p>
      )}
    </Notice>
  )
}
