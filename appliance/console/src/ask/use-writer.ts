import { useTranslation } from 'react-i18next'
import type { Answer } from '../../../src/model.ts'

/** Name under which the gateway and the box report answers that no model wrote: sentences of the passages. */
const quoting = 'extractive'

/** Says who wrote an answer: a model, or nobody but the documents. */
export function useWriter(): (answer: Pick<Answer, 'via' | 'model'>) => string {
  const { t } = useTranslation()
  return ({ via, model }) => {
    if (via === 'box') return t('answer.byBox')
    return model === quoting ? t('answer.byGateway') : t('answer.byModel', { model })
  }
}
