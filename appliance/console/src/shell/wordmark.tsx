import { useTranslation } from 'react-i18next'

export function Wordmark() {
  const { t } = useTranslation()
  return (
    <span className="flex items-center gap-2 text-16 font-semibold">
      <img src="/mark.svg" alt="" width={28} height={28} />
      {t('brand')}
    </span>
  )
}
