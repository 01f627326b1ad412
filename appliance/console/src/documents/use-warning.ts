import { useTranslation } from 'react-i18next'

/** Says a parser's remark (`code: detail`) in the reader's language; an unknown one as it came. */
export function useWarning(): (warning: string) => string {
  const { t } = useTranslation()
  return (warning) => {
    const [, code, pages] = /^([a-z-]+): (.*)$/s.exec(warning) ?? []
    if (code === 'no-text-on-pages') return t('warning.noText', { pages })
    if (code === 'broken-pages') return t('warning.brokenPages', { pages })
    return warning
  }
}
