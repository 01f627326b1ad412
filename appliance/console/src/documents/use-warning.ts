import { useTranslation } from 'react-i18next'

/** Says a parser's remark (`code: detail`) in the reader's language; an unknown one as it came. */
export function useWarning(): (warning: string) => string {
  const { t } = useTranslation()
  return (warning) => {
    const [, code, detail] = /^([a-z-]+): (.*)$/s.exec(warning) ?? []
    switch (code) {
      case 'no-text-on-pages':
        return t('warning.noText', { detail })
      case 'broken-pages':
        return t('warning.brokenPages', { detail })
      case 'rows-left-out':
        return t('warning.rowsLeftOut', { detail })
      case 'hidden-sheets-left-out':
        return t('warning.hiddenSheets', { detail })
      case 'hidden-slides':
        return t('warning.hiddenSlides', { detail })
      default:
        return warning
    }
  }
}
