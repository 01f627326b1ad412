import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from './en.json'
import zh from './zh.json'

/** Starts the interface in `language`. Both languages are in the bundle: together they are smaller than one request is slow. */
export function startI18n(language: 'zh' | 'en'): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'zh',
    defaultNS: 'console',
    resources: { zh: { console: zh }, en: { console: en } },
    // React escapes text itself.
    interpolation: { escapeValue: false },
  })
}
