import { useTranslation } from 'react-i18next'
import type { Locator } from '../../../src/model.ts'

/** Says where in a document something stands: page, slide, sheet and range, or the headings above it. */
export function usePlace(): (locator: Locator, headings: string[]) => string {
  const { t } = useTranslation()
  return (locator, headings) => {
    switch (locator.kind) {
      case 'page':
        return locator.from === locator.to ? t('at.page', { n: locator.from }) : t('at.pages', locator)
      case 'slide':
        return locator.from === locator.to ? t('at.slide', { n: locator.from }) : t('at.slides', locator)
      case 'sheet':
        return t('at.sheet', { name: locator.name, range: locator.range })
      case 'section':
        return headings.length > 0 ? headings.join(' › ') : t('at.text')
    }
  }
}
