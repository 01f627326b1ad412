import { useTranslation } from 'react-i18next'
import type { LedgerPage } from '../api/shapes.ts'
import { Notice } from '../controls/notice.tsx'
import { countText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/** Below so many witnesses beside this box none of them may lie. */
const enoughWitnesses = 4

/** Who vouches for the ledger beside this box, and what is wrong with it. */
export function Witnesses({ page }: { page: LedgerPage }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { k, n } = page.witnessed
  return (
    <>
      {page.forks.map((origin) => (
        <Notice key={origin} tone="error">
          <p className="font-semibold break-words" data-fork={origin}>
            {t(origin === page.origin ? 'ledger.fork' : 'ledger.forkOther', { origin })}
          </p>
          <p>{t(origin === page.origin ? 'ledger.forkHint' : 'ledger.forkOtherHint')}</p>
        </Notice>
      ))}
      {page.held !== null && (
        <Notice tone="error">
          <p className="font-semibold">{t('ledger.held')}</p>
          <p>{t('ledger.heldHint')}</p>
          <p className="text-12 text-muted break-words" lang="en">
            {page.held}
          </p>
        </Notice>
      )}
      <dl className="grid gap-x-6 gap-y-2 rounded-lg border border-line bg-raised p-4 text-14 sm:grid-cols-[6rem_1fr] sm:items-baseline">
        <dt className="text-muted">{t('ledger.witnesses')}</dt>
        <dd data-witnesses={`${k}/${n}`}>
          {n === 0 ? t('ledger.witnessesNone') : t('ledger.witnessesOf', { k, n })}
        </dd>
        {n > 0 && (
          <>
            <dt className="text-muted">{t('ledger.finalUpTo')}</dt>
            <dd>
              <p>{t('ledger.finalEntries', { entries: countText(page.final, language) })}</p>
              {n < enoughWitnesses && <p className="text-muted">{t('ledger.fewBoxes')}</p>}
            </dd>
          </>
        )}
      </dl>
    </>
  )
}
