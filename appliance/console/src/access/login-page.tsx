import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { boxState } from '../api/queries.ts'
import { call } from '../api/request.ts'
import { Button } from '../controls/button.tsx'
import { useFailureSentence } from '../controls/failure.tsx'
import { Field } from '../controls/field.tsx'
import { EntryCard } from './entry-card.tsx'

const route = getRouteApi('/login')

export function LoginPage() {
  const { t } = useTranslation()
  const sentence = useFailureSentence()
  const client = useQueryClient()
  const router = useRouter()
  const { next } = route.useSearch()
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => call('POST', '/api/session', { password }),
    onSuccess: async () => {
      await client.fetchQuery({ ...boxState, staleTime: 0 })
      router.history.push(next ?? '/ask')
    },
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    signIn.mutate()
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
          error={signIn.isError ? sentence(signIn.error) : undefined}
        />
        <Button
          type="submit"
          look="primary"
          className="mt-2 w-full"
          disabled={signIn.isPending || password === ''}
        >
          {signIn.isPending ? t('login.working') : t('login.submit')}
        </Button>
      </form>
    </EntryCard>
  )
}
