import { readFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createGatewayClient } from '@tanbox/cloud-gateway/client'
import { enrolWithCode } from '@tanbox/cloud-gateway/enrol'
import { createIdentity, openKeyFile, readIdentity } from '@tanbox/cloud-gateway/identity'
import { createLedgerClient } from '@tanbox/ledger-node/client'
import { commitTo } from '@tanbox/ledger-node/kinds'
import type { FastifyBaseLogger } from 'fastify'
import { assertScope } from './access/scope.ts'
import { type Answering, answerDefaults, createAnswering } from './answer/answer.ts'
import { createEgress } from './answer/egress.ts'
import type { Config } from './config.ts'
import type { Embedder } from './embed/embedder.ts'
import { createOnnxEmbedder } from './embed/onnx.ts'
import { createIntake, type Intake } from './intake/intake.ts'
import { adoptPipeline } from './intake/pipeline.ts'
import type { Steps } from './intake/steps.ts'
import { declareModel } from './ledger/declare-model.ts'
import type { Ledger } from './ledger/ledger.ts'
import { createOutbox, type Outbox } from './ledger/outbox.ts'
import { createNoLedger, createRemoteLedger } from './ledger/remote.ts'
import { createEnrolment } from './llm/enrolment.ts'
import { type CloudGateway, createGatewayLlm } from './llm/gateway.ts'
import { createOfflineLlm } from './llm/offline.ts'
import { fileTypeOf } from './parse/file-type.ts'
import { createParsePool } from './parse/pool.ts'
import { extractorVersions } from './parse/versions.ts'
import { chunk, chunkerVersion } from './passages/chunk.ts'
import { contextVersion, inContext } from './passages/context.ts'
import { originalSpans } from './passages/mapped-text.ts'
import { mergePassages } from './passages/merge.ts'
import { sentences } from './passages/sentences.ts'
import { analyse, analyserVersion } from './search/analyse.ts'
import { refusalThreshold } from './search/confidence.ts'
import { placeNames, synonyms, translations } from './search/expand.ts'
import type { PassageIndex } from './search/passage-index.ts'
import { createRetrieve, type Retrieve } from './search/retrieve.ts'
import { packTerms, termRowVersion } from './search/term-row.ts'
import { createPassageIndex } from './search/threaded-index.ts'
import { type Blobs, createBlobs } from './store/blobs.ts'
import { newId } from './store/ids.ts'
import { createStore, type Store } from './store/store.ts'

/** From files to hits: what the box knows, without answers and without the network. */
export interface Knowledge extends AsyncDisposable {
  store: Store
  blobs: Blobs
  embedder: Embedder
  index: PassageIndex
  intake: Intake
  steps: Steps
  retrieve: Retrieve
  /** Version of everything between a file's bytes and its vectors. */
  pipeline: string
}

/** The whole box behind its HTTP server. */
export interface Context extends Knowledge {
  answering: Answering
  ledger: Ledger
  outbox: Outbox
  /** Null when no gateway is configured. */
  gateway: CloudGateway | null
}

/** What documents may call what a text names: the wording of official texts, Chinese for English. */
const hints = (text: string) => [translations, placeNames, synonyms].flatMap((of) => of(text).flat())

/** Texts of a passage that are embedded; their order is the number of the view. */
const views = [inContext]

/** The one place where drivers are constructed. Throws TanboxError: store-broken, model-missing, model-changed, ... */
export async function openKnowledge(config: Config, log: FastifyBaseLogger): Promise<Knowledge> {
  await mkdir(config.data, { recursive: true, mode: 0o700 })
  await chmod(config.data, 0o700)
  await using opened = new AsyncDisposableStack()

  const blobs = createBlobs(join(config.data, 'blobs'))
  const database = join(config.data, 'tanbox.db')
  const store = opened.adopt(
    createStore({ path: database, blobs, commitTo, checkScope: assertScope }),
    (each) => each.close(),
  )
  const embedder = opened.adopt(
    await createOnnxEmbedder({
      folder: config.embeddingModel,
      sessions: config.embeddingSessions,
      cacheFolder: join(config.data, 'index'),
      warn: (message) => log.warn(message),
    }),
    (each) => each.close(),
  )
  const pipeline = adoptPipeline(
    store,
    {
      extractors: extractorVersions,
      chunker: chunkerVersion,
      context: contextVersion,
      analyser: `${analyserVersion} ${termRowVersion}`,
      views: views.map((view) => view.name).join(),
      model: embedder.model,
    },
    { remake: config.remake },
  )
  declareModel(store.outbox, embedder.model, new Date())
  const index = opened.adopt(
    createPassageIndex({
      database,
      pipeline,
      dimension: embedder.model.dimension,
      backend: config.index,
      folder: join(config.data, 'index'),
    }),
    (each) => each.close(),
  )
  const parsePool = opened.adopt(
    createParsePool({ processes: config.parsers, maxResident: config.parserMemory }),
    (each) => each.close(),
  )
  const steps: Steps = {
    fileTypeOf,
    parse: (file, options) => parsePool.parse(file, options),
    chunk: (document, { title, content }) =>
      chunk(document, { title, content, countTokens: (texts) => embedder.countTokens(texts) }),
    embed: (texts, options) => embedder.embedPassages(texts, options),
    views,
    words: (passage) => packTerms(analyse(inContext(passage))),
  }
  const intake = opened.adopt(
    createIntake(
      { store, blobs, steps, pipeline, log: intakeLog(log) },
      { folder: config.drop, maxFileBytes: config.maxFileBytes },
    ),
    (each) => each.close(),
  )
  const retrieve = createRetrieve({ index, embedder, passages: store.passages, merge: mergePassages })
  const close = opened.move()
  return {
    ...{ store, blobs, embedder, index, intake, steps, retrieve, pipeline },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

/** Everything, ready to serve; reading of files begins with `intake.start()`. */
export async function openContext(config: Config, log: FastifyBaseLogger): Promise<Context> {
  await using opened = new AsyncDisposableStack()
  const knowledge = opened.use(await openKnowledge(config, log))
  const { store, retrieve } = knowledge

  const ledger = config.ledgerUrl === '' ? createNoLedger() : createRemoteLedger(ledgerClient(config))
  const outbox = opened.adopt(
    createOutbox({ rows: store.outbox, ledger, notice: (sentence) => log.info(sentence) }),
    (each) => each.close(),
  )
  opened.defer(knowledge.intake.subscribe(() => outbox.wake()))
  const gateway =
    config.gatewayUrl === '' ? null : opened.adopt(cloudGateway(config, log), (each) => each.close())
  const answering = opened.adopt(
    createAnswering(
      {
        retrieve,
        refusalThreshold,
        llm: gateway,
        offline: createOfflineLlm(),
        egress: createEgress({ redact: config.redact, now: () => new Date() }),
        cite: { sentences, analyse, originalSpans, hints },
        conversations: {
          ...store.conversations,
          save(scope, answer) {
            store.conversations.save(scope, answer)
            outbox.wake()
          },
        },
        newId,
        clock: () => new Date(),
        report: (cause) => log.warn({ err: cause }, 'answering'),
      },
      { ...answerDefaults, maxQuestionChars: config.maxQuestion, model: config.llmModel },
    ),
    (each) => each.close(),
  )
  const close = opened.move()
  return {
    ...knowledge,
    ...{ answering, ledger, outbox, gateway },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

function ledgerClient({ ledgerUrl, ledgerToken }: Config) {
  return createLedgerClient({ url: ledgerUrl, token: readFileSync(ledgerToken, 'utf8').trim() })
}

function cloudGateway(config: Config, log: FastifyBaseLogger): CloudGateway {
  const { gatewayUrl: url, gatewayKey, gatewayCode: code } = config
  const name = config.gatewayName || new URL(url).hostname
  createIdentity(gatewayKey)
  const keys = openKeyFile(gatewayKey)
  const enrolment = createEnrolment({
    ...{ code, gateway: name },
    enrol: (code, signal) =>
      enrolWithCode({ url, gateway: name, code, identity: keys.present, label: config.name, signal }),
    notice(reason, cause) {
      if (reason) log.warn({ err: cause }, `${reason.zh} ${reason.en}`)
      else log.info({ box: keys.present.box }, `enrolled at ${name}`)
    },
  })
  const client = createGatewayClient({
    ...{ url, gateway: name, identity: keys, onUnknown: enrolment.redeem },
    onState: (state, reason) => log.info({ state, reason }, 'gateway'),
    onFault: (err) => log.warn({ err }, 'gateway'),
  })
  return createGatewayLlm(client, {
    ...{ name, url, model: config.llmModel, keyFile: gatewayKey, enrolment },
    replaced: () => boxIn(gatewayKey) !== client.box,
  })
}

/** Empty where there is no key: the next start makes one. */
function boxIn(keyFile: string): string {
  try {
    return readIdentity(keyFile).box
  } catch {
    return ''
  }
}

const intakeLog = (log: FastifyBaseLogger) => ({
  info: (message: string) => log.info(message),
  warn: (message: string, cause?: unknown) => log.warn({ err: cause }, message),
})
