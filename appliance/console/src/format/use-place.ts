import { useTranslation } from 'react-i18next'
import type { Locator, Span } from '../../../src/model.ts'

/**
 * Says where in a document something stands: page, slide, sheet and range, or the headings above it. With the `spans`
 * of a quote it says the quote's own page, where the passage around it runs over several.
 */
export function usePlace(): (locator: Locator, headings: string[], spans?: readonly Span[]) => string {
  const { t } = useTranslation()
  return (locator, headings, spans = []) => {
    switch (locator.kind) {
      case 'page':
      case 'slide': {
        // Pages and slides are units of their own, in their order.
        const numbers = spans.map(({ unit }) => unit + 1)
        const from = numbers.length > 0 ? Math.min(...numbers) : locator.from
        const to = numbers.length > 0 ? Math.max(...numbers) : locator.to
        if (locator.kind === 'page')
          return from === to ? t('at.page', { n: from }) : t('at.pages', { from, to })
        return from === to ? t('at.slide', { n: from }) : t('at.slides', { from, to })
      }
      case 'sheet':
        return t('at.sheet', { name: locator.name, range: locator.range })
      case 'section':
        return headings.length > 0 ? headings.join(' › ') : t('at.text')
    }
  }
}
