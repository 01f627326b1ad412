import type { Owner } from './access/owner.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { TanboxError } from './errors.ts'
import type { House } from './http/server.ts'
import { checkLedger } from './ledger/check.ts'
import type { BoxStatus, GatewayStatus, Scope } from './model.ts'
import { originalSpans } from './passages/mapped-text.ts'

interface Standing {
  owner: Owner
  version: string
  startedAt: Date
  onClaimed: () => void
}

/** The use cases as the routes name them, taken from the context. */
export function houseOf(context: Context, config: Config, standing: Standing): House {
  const { store, intake, answering, ledger, retrieve } = context
  return {
    owner: standing.owner,
    onClaimed: standing.onClaimed,
    name: config.name,
    version: standing.version,
    documents: {
      list: store.sources.list,
      get: store.sources.get,
      passages: store.passages.ofSource,
    },
    intake,
    maxFileBytes: config.maxFileBytes,
    originals: {
      document: store.sources.get,
      units: store.units.list,
      unit: store.units.get,
      original: store.originals.get,
    },
    search: retrieve,
    originalSpans,
    maxQuestion: config.maxQuestion,
    answering,
    conversations: store.conversations,
    ledger: {
      page: (query) => ledger.page(query),
      verify: (signal) => checkLedger({ ledger, rows: store.outbox }, signal),
    },
    status: (scope) => statusOf(context, config, standing, scope),
    gateway: {
      status: () => gatewayOf(context, config),
      async rotateKey() {
        if (context.gateway === null) throw new TanboxError('gateway-off')
        return context.gateway.rotateKey()
      },
    },
    progress: intake,
    settings: config.explained,
    consoleFolder: config.console,
    hostnames: config.hostnames,
  }
}

async function statusOf(
  context: Context,
  config: Config,
  { version, startedAt }: Standing,
  scope: Scope,
): Promise<BoxStatus> {
  const { store, intake, index, embedder, outbox, pipeline } = context
  const { backend, passages } = await index.status()
  return {
    version,
    startedAt: startedAt.toISOString(),
    counts: store.sources.counts(scope),
    progress: intake.now(),
    services: {
      gateway: gatewayOf(context, config),
      ledger: outbox.state(),
    },
    index: { backend, passages },
    model: { id: embedder.model.id, dimension: embedder.model.dimension },
    pipeline,
    dropFolder: config.drop,
    memory: process.memoryUsage.rss(),
  }
}

const gatewayOf = ({ gateway }: Context, { llmModel }: Config): GatewayStatus =>
  gateway?.status() ?? {
    ...{ state: 'off', model: llmModel, name: '', url: '', box: '', key: '', models: [], quota: null },
    ...{ firstTokenMs: null, problem: null },
  }
