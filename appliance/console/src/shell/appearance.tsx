import { useTranslation } from 'react-i18next'
import { IconButton } from '../controls/button.tsx'
import { useLanguage } from '../i18n/use-language.ts'
import { chooseLanguage, chooseTheme, type Theme, useTheme } from './preferences.ts'

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }

/** Language and theme, remembered in this browser. */
export function Appearance() {
  const { t } = useTranslation()
  const language = useLanguage()
  const theme = useTheme()
  const names: Record<Theme, string> = {
    system: t('theme.system'),
    light: t('theme.light'),
    dark: t('theme.dark'),
  }
  return (
    <div className="flex items-center">
      <button
        type="button"
        lang={language === 'zh' ? 'en' : 'zh-CN'}
        className="inline-flex h-10 min-w-10 items-center justify-center rounded px-2 text-14 text-muted hover:bg-sunken hover:text-text"
        onClick={() => chooseLanguage(language === 'zh' ? 'en' : 'zh')}
      >
        {t('language.other')}
      </button>
      <IconButton
        icon={theme}
        label={t('theme.switch', { now: names[theme], next: names[next[theme]] })}
        onClick={() => chooseTheme(next[theme])}
      />
    </div>
  )
}
