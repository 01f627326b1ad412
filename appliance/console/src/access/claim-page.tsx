import { getRouteApi, Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CallFailure, call } from '../api/request.ts'
import { Button, buttonClass } from '../controls/button.tsx'
import { useFailureSentence } from '../controls/failure.tsx'
import { Field } from '../controls/field.tsx'
import { Notice } from '../controls/notice.tsx'
import { forgetBoxState } from './box-state.ts'
import { EntryCard } from './entry-card.tsx'
import { useAction } from './use-action.ts'

const route = getRouteApi('/claim')

/** Makes the reader the owner of a new box: the code it printed, a password of their own, and they are in. */
export function ClaimPage() {
  const { t } = useTranslation()
  const sentence = useFailureSentence()
  const { code: brought } = route.useSearch()
  const [code, setCode] = useState(brought ?? '')
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const claim = useAction(async () => {
    await call('POST', '/api/claim', { code: code.trim(), password })
    forgetBoxState()
    setDone(true)
  })
  if (done) return <Claimed />

  const reason = claim.error instanceof CallFailure ? claim.error.reason : null
  const wrongCode = reason?.code === 'claim-code-wrong'
  const wrongPassword = reason?.code === 'password-weak'
  function submit(event: FormEvent) {
    event.preventDefault()
    claim.run()
  }
  return (
    <EntryCard title={t('claim.title')} lead={t('claim.lead')}>
      <form onSubmit={submit}>
        <Field
          label={t('claim.code')}
          hint={t('claim.codeHint')}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus={brought === undefined}
          required
          value={code}
          onChange={(event) => setCode(event.target.value)}
          error={wrongCode ? sentence(claim.error) : undefined}
        />
        <Field
          className="mt-2"
          label={t('claim.password')}
          hint={t('claim.passwordHint')}
          type="password"
          autoComplete="new-password"
          autoFocus={brought !== undefined}
          minLength={8}
          maxLength={256}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={wrongPassword ? sentence(claim.error) : undefined}
        />
        {claim.error !== null && !wrongCode && !wrongPassword && (
          <Notice tone="error" live>
            {sentence(claim.error)}
          </Notice>
        )}
        <Button
          type="submit"
          look="primary"
          className="mt-2 w-full"
          disabled={claim.pending || code.trim() === '' || password === ''}
        >
          {claim.pending ? t('claim.working') : t('claim.submit')}
        </Button>
      </form>
    </EntryCard>
  )
}

function Claimed() {
  const { t } = useTranslation()
  return (
    <EntryCard title={t('claim.doneTitle')} lead={t('claim.doneLead')}>
      <Link to="/documents" className={buttonClass('primary', 'w-full')} autoFocus>
        {t('claim.toDocuments')}
      </Link>
      <Link to="/ask" className={buttonClass('quiet', 'mt-3 w-full min-h-11')}>
        {t('claim.toAsk')}
      </Link>
    </EntryCard>
  )
}
