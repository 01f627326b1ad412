import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from './en.json?url'
import type { Language } from './use-language.ts'
import zh from './zh.json?url'

// Sentences are data and travel as such: one file, in the language that is read.
const files: Record<Language, string> = { zh, en }

/** Starts the interface in `language`; resolves when its sentences are there. */
export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'console',
    resources: { [language]: { console: await read(language) } },
    // React escapes text itself.
    interpolation: { escapeValue: false },
  })
}

/** Goes on in another language; its sentences are fetched the first time. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'console'))
    i18next.addResourceBundle(language, 'console', await read(language))
  await i18next.changeLanguage(language)
}

async function read(language: Language): Promise<Record<string, unknown>> {
  const response = await fetch(files[language])
  return response.json()
}
