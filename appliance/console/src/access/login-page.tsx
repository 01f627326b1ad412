import { getRouteApi, useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/request.ts'
import { Button } from '../controls/button.tsx'
import { useFailureSentence } from '../controls/failure.tsx'
import { Field } from '../controls/field.tsx'
import { forgetBoxState } from './box-state.ts'
import { EntryCard } from './entry-card.tsx'
import { useAction } from './use-action.ts'

const route = getRouteApi('/login')

export function LoginPage() {
  const { t } = useTranslation()
  const sentence = useFailureSentence()
  const router = useRouter()
  const { next } = route.useSearch()
  const [password, setPassword] = useState('')
  const signIn = useAction(async () => {
    await call('POST', '/api/session', { password })
    forgetBoxState()
    router.history.push(next ?? '/ask')
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    signIn.run()
  }
  return (
    <EntryCard title={t('login.title')} lead={t('login.lead')}>
      <form onSubmit={submit}>
        <Field
          label={t('login.password')}
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={signIn.error ? sentence(signIn.error) : undefined}
        />
        <Button
          type="submit"
          look="primary"
          className="mt-2 w-full"
          disabled={signIn.pending || password === ''}
        >
          {signIn.pending ? t('login.working') : t('login.submit')}
        </Button>
      </form>
    </EntryCard>
  )
}
