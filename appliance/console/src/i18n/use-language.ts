import { useTranslation } from 'react-i18next'

export type Language = 'zh' | 'en'

/** The language the reader sees now. */
export function useLanguage(): Language {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? 'en' : 'zh'
}
