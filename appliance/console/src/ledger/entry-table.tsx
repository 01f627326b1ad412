import { useTranslation } from 'react-i18next'
import type { LedgerPage } from '../api/shapes.ts'
import { ScrollRegion } from '../controls/scroll-region.tsx'
import { timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/**
 * Entries, newest first; how far each has come stands where a phone shows it without moving the table. What they commit
 * to is not on the ledger; only salted hashes are.
 */
export function EntryTable({ entries, page }: { entries: LedgerPage['items']; page: LedgerPage }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const names: Record<string, string> = {
    'source-added': t('ledger.sourceAdded'),
    'source-removed': t('ledger.sourceRemoved'),
    answer: t('ledger.answerReceipt'),
    model: t('ledger.model'),
    'log-succeeded': t('ledger.logSucceeded'),
  }
  const stateOf = (seq: number) => {
    if (seq < page.final) return t('ledger.final')
    return seq < page.published && page.witnessed.k > 0 ? t('ledger.witnessed') : t('ledger.local')
  }
  return (
    <ScrollRegion label={t('ledger.entries')} className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full whitespace-nowrap border-collapse text-14">
        <thead className="bg-raised text-start text-12 text-muted">
          <tr>
            <th scope="col" className="px-3 py-2 text-end font-medium">
              {t('ledger.seq')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('ledger.type')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('ledger.state')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('ledger.time')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('ledger.commitment')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('ledger.hash')}
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.seq} className="border-t border-line" data-entry={entry.seq}>
              <td className="px-3 py-2 text-end tabular-nums">{entry.seq}</td>
              <td className="px-3 py-2" title={entry.type}>
                {names[entry.type] ?? entry.type}
              </td>
              <td className="px-3 py-2" data-state={entry.seq < page.final ? 'final' : undefined}>
                {stateOf(entry.seq)}
              </td>
              <td className="px-3 py-2">{timeText(entry.time, language)}</td>
              <td className="px-3 py-2 font-mono text-12" title={entry.commitment}>
                {short(entry.commitment)}
              </td>
              <td className="px-3 py-2 font-mono text-12" title={entry.hash}>
                {short(entry.hash)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

/** Enough of a hash to tell two apart by eye; the whole stands in its title. */
function short(hash: string): string {
  return hash.length <= 20 ? hash : `${hash.slice(0, 10)}…${hash.slice(-6)}`
}
