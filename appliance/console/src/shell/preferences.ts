import { useSyncExternalStore } from 'react'
import { changeLanguage } from '../i18n/i18n.ts'
import type { Language } from '../i18n/use-language.ts'

/**
 * Theme and language, remembered in this browser. `public/first-paint.js` reads the same keys by the same rules
 * before the bundle runs.
 */
export type Theme = 'system' | 'light' | 'dark'

const themes: readonly Theme[] = ['system', 'light', 'dark']
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
let theme: Theme = themes.find((known) => known === read('tanbox.theme')) ?? 'system'

export function savedLanguage(): Language {
  return (read('tanbox.language') ?? navigator.language).toLowerCase().startsWith('en') ? 'en' : 'zh'
}

export function chooseLanguage(language: Language): void {
  write('tanbox.language', language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  void changeLanguage(language)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme)
}

export function chooseTheme(chosen: Theme): void {
  theme = chosen
  write('tanbox.theme', chosen)
  paint()
  for (const listener of listeners) listener()
}

function paint(): void {
  const dark = theme === 'dark' || (theme === 'system' && systemDark.matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

systemDark.addEventListener('change', paint)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

// Storage may be switched off by policy; a choice then lasts as long as the page.
function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Nothing is lost but the memory of a taste.
  }
}
