import { useTranslation } from 'react-i18next'
import type { Hit } from '../../../src/model.ts'

/** Why a passage was found: its rank and score in each method, and together. */
export function Why({ score, why }: { score: number; why: Hit['why'] }) {
  const { t } = useTranslation()
  const names: Record<string, string> = { words: t('why.words'), vectors: t('why.vectors') }
  return (
    <span className="mt-1 flex flex-wrap gap-x-3 gap-y-0.5 text-12 text-muted tabular-nums" data-why="">
      <span>{t('why.together', { score: score.toFixed(3) })}</span>
      {Object.entries(why).map(([method, found]) => (
        <span key={method}>
          {found
            ? t('why.method', {
                method: names[method] ?? method,
                rank: found.rank,
                score: found.score.toFixed(3),
              })
            : t('why.notFound', { method: names[method] ?? method })}
        </span>
      ))}
    </span>
  )
}
