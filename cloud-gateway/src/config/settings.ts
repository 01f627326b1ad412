/** Every setting of the gateway: its name, its default, how it is read and what it is for. */
import { resolve } from 'node:path'
import { defaultTimers } from '../providers/provider.ts'
import { providerNames } from './models-schema.ts'
import {
  address,
  database,
  headers,
  integer,
  list,
  matching,
  object,
  oneOf,
  orNull,
  orOff,
  text,
  webSocketAddress,
} from './parse.ts'

interface Setting<T> {
  env: string
  fallback: string
  parse: (text: string) => T
  secret: boolean
  description: string
}

function setting<T>(
  env: string,
  fallback: string,
  parse: (text: string) => T,
  description: string,
  secret = false,
): Setting<T> {
  return { env, fallback, parse, description, secret }
}

const milliseconds = integer(100, 3_600_000)

export const settings = {
  data: setting(
    'TANBOX_GATEWAY_DATA',
    'data/gateway',
    (value) => resolve(value),
    'Data folder of the gateway',
  ),
  host: setting('TANBOX_GATEWAY_HOST', '127.0.0.1', text, 'Address to listen on'),
  port: setting('TANBOX_GATEWAY_PORT', '8471', integer(0, 65_535), 'Port to listen on; 0 takes a free one'),
  name: setting(
    'TANBOX_GATEWAY_NAME',
    '',
    matching(/^(?:[a-z0-9][a-z0-9.-]{0,126})?$/, 'lower-case letters, digits, dots and hyphens'),
    'Name that boxes sign; empty: the address it listens on',
  ),
  publicUrl: setting(
    'TANBOX_GATEWAY_PUBLIC_URL',
    '',
    webSocketAddress,
    'Address under which boxes reach it, e.g. wss://gateway.example.org: what tanbox-gateway enrol prints',
  ),
  currency: setting(
    'TANBOX_GATEWAY_CURRENCY',
    '',
    matching(/^(?:[A-Z]{3})?$/, 'three capital letters (ISO 4217), e.g. CNY'),
    'Currency of the prices in models.json, shown beside costs; empty: none is shown',
  ),
  database: setting(
    'TANBOX_GATEWAY_DATABASE',
    '',
    database,
    'Empty: SQLite in the data folder; postgres://... shared by several gateways',
    true,
  ),
  tlsCert: setting('TANBOX_GATEWAY_TLS_CERT', '', text, 'Certificate chain, PEM file; empty: no TLS here'),
  tlsKey: setting('TANBOX_GATEWAY_TLS_KEY', '', text, 'Private key of the certificate, PEM file'),
  proxies: setting(
    'TANBOX_GATEWAY_PROXIES',
    '127.0.0.1,::1',
    list,
    'Addresses of proxies whose X-Forwarded-For tells who dials or tries to enrol, separated by commas',
  ),
  provider: setting(
    'TANBOX_GATEWAY_PROVIDER',
    'extractive',
    oneOf(...providerNames),
    'Who answers: extractive (quotes sentences), or a model server: openai, ollama or chatglm',
  ),
  modelUrl: setting(
    'TANBOX_GATEWAY_MODEL_URL',
    '',
    address,
    'Address of the model server; openai: up to and without /chat/completions',
  ),
  modelKey: setting(
    'TANBOX_GATEWAY_MODEL_KEY',
    '',
    text,
    'Key of the model server; empty where none is wanted',
    true,
  ),
  modelName: setting('TANBOX_GATEWAY_MODEL_NAME', '', text, 'Name of the model at the server'),
  modelExtra: setting(
    'TANBOX_GATEWAY_MODEL_EXTRA',
    '{}',
    object,
    'Further members of the request (ollama: of its options), a JSON object',
  ),
  modelContext: setting(
    'TANBOX_GATEWAY_MODEL_CONTEXT',
    '',
    orNull(integer(256, 10_000_000)),
    'Tokens of prompt and answer together; empty: 32768 (ollama 8192, chatglm 2048)',
  ),
  modelConcurrency: setting(
    'TANBOX_GATEWAY_MODEL_CONCURRENCY',
    '',
    orNull(integer(1, 100_000)),
    'Answers in work at a time; empty: 256 (ollama 4, chatglm 1)',
  ),
  modelsFile: setting(
    'TANBOX_GATEWAY_MODELS',
    '{data}/models.json',
    text,
    'File with several models, in place of the settings for one',
  ),
  connectMs: setting(
    'TANBOX_GATEWAY_CONNECT_MS',
    '5000',
    milliseconds,
    'Time to connect to the model server',
  ),
  firstTokenMs: setting(
    'TANBOX_GATEWAY_FIRST_TOKEN_MS',
    '',
    orNull(milliseconds),
    'Time to the first text of an answer; empty: 60000 (ollama and chatglm 300000)',
  ),
  idleMs: setting(
    'TANBOX_GATEWAY_IDLE_MS',
    String(defaultTimers.idleMs),
    milliseconds,
    'Time between two texts of an answer',
  ),
  adminHost: setting(
    'TANBOX_GATEWAY_ADMIN_HOST',
    '127.0.0.1',
    text,
    'Address of the read-only status page and metrics',
  ),
  adminPort: setting(
    'TANBOX_GATEWAY_ADMIN_PORT',
    '8473',
    orOff(integer(0, 65_535)),
    'Port of the status page and metrics; 0 takes a free one, off: none',
  ),
  adminNames: setting(
    'TANBOX_GATEWAY_ADMIN_NAMES',
    '',
    list,
    'Host names under which the status page may be asked, separated by commas; addresses and localhost always may',
  ),
  otlpUrl: setting(
    'TANBOX_GATEWAY_OTLP_URL',
    '',
    address,
    'Where traces go (OTLP over HTTP, JSON), e.g. http://127.0.0.1:4318/v1/traces; empty: nowhere',
  ),
  otlpHeaders: setting(
    'TANBOX_GATEWAY_OTLP_HEADERS',
    '{}',
    headers,
    'Headers for the collector of traces, a JSON object, e.g. {"authorization": "Bearer ..."}',
    true,
  ),
} satisfies Record<string, Setting<unknown>>

export type Values = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['parse']> }
