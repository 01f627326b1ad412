import { useTranslation } from 'react-i18next'
import type { BoxStatus } from '../../../src/model.ts'
import { countText, durationText, sizeText, timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/** The parts of the box, each with what it is and how it fares. */
export function ServiceCards({ status }: { status: BoxStatus }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { counts, services, index, model } = status
  const count = (value: number) => countText(value, language)
  const gateway = {
    connected: t('service.connected'),
    connecting: t('service.connecting'),
    unreachable: t('service.unreachable'),
    revoked: t('service.revoked'),
    off: t('service.off'),
  }
  const ledger = {
    reachable: t('service.connected'),
    unreachable: t('service.unreachable'),
    off: t('service.off'),
  }
  const backends: Record<string, string> = { exact: t('status.exact'), hnsw: t('status.hnsw') }
  return (
    <div className="gap-4 sm:columns-2">
      <Card
        title={t('status.documents')}
        rows={[
          [t('state.ready'), count(counts.ready)],
          [t('state.queued'), count(counts.queued)],
          [t('state.failed'), count(counts.failed)],
          [t('state.offline'), count(counts.offline)],
          [t('status.folder'), status.dropFolder],
        ]}
      />
      <Card
        title={t('status.gateway')}
        rows={[
          [t('status.state'), gateway[services.gateway.state]],
          [t('status.languageModel'), services.gateway.model],
          ...gatewayRows(),
        ]}
      />
      <Card
        title={t('status.index')}
        rows={[
          [t('status.passages'), count(index.passages)],
          [t('status.backend'), backends[index.backend] ?? index.backend],
          [t('status.embedding'), t('status.embeddingModel', { id: model.id, dimension: model.dimension })],
          [t('status.pipeline'), status.pipeline],
        ]}
      />
      <Card
        title={t('status.ledger')}
        rows={[
          [t('status.state'), ledger[services.ledger.state]],
          [
            t('status.entries'),
            services.ledger.size === null ? t('status.unknown') : count(services.ledger.size),
          ],
          [t('status.pending'), count(services.ledger.pending)],
        ]}
      />
      <Card
        title={t('status.box')}
        rows={[
          [t('status.version'), status.version],
          [t('status.since'), timeText(status.startedAt, language)],
          [t('status.memory'), sizeText(status.memory)],
        ]}
      />
    </div>
  )

  /** Nothing of it where no gateway is set up; no quota where there is no limit. */
  function gatewayRows(): [string, string][] {
    const { state, name, models, quota, firstTokenMs } = services.gateway
    if (state === 'off') return []
    const limit = (label: string, tokens: number | null | undefined): [string, string][] =>
      tokens === null || tokens === undefined ? [] : [[label, t('status.tokens', { tokens: count(tokens) })]]
    return [
      [t('status.gatewayName'), name],
      ...(models.length > 0 ? [[t('status.offered'), models.join(', ')] as [string, string]] : []),
      ...limit(t('status.perMinute'), quota?.tokensPerMinute),
      ...limit(t('status.perDay'), quota?.tokensPerDay),
      ...(quota ? [[t('status.atATime'), count(quota.streams)] as [string, string]] : []),
      [t('status.firstWord'), firstTokenMs === null ? t('status.noneYet') : durationText(firstTokenMs)],
    ]
  }
}

function Card({ title, rows }: { title: string; rows: [name: string, value: string][] }) {
  return (
    <section className="mb-4 break-inside-avoid rounded-lg border border-line p-4">
      <h2 className="mb-2 text-16 font-semibold">{title}</h2>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1 text-14">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-end tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
