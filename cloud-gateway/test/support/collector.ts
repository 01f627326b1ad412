/**
 * An OpenTelemetry collector as strict as the protobuf definitions (opentelemetry-proto 1.x, trace.proto, common.proto,
 * resource.proto; JSON form: ids in hex, 64-bit numbers as text): whatever is not in them is refused with 400.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { Compile } from 'typebox/compile'

const closed = { additionalProperties: false } as const
const hex = (digits: number) => Type.String({ pattern: `^(?!0+$)[0-9a-f]{${digits}}$` })
const fixed64 = Type.String({ pattern: '^[0-9]{1,20}$' })
const simpleValue = Type.Union([
  Type.Object({ stringValue: Type.String() }, closed),
  Type.Object({ boolValue: Type.Boolean() }, closed),
  Type.Object({ intValue: Type.String({ pattern: '^-?[0-9]{1,19}$' }) }, closed),
  Type.Object({ doubleValue: Type.Number() }, closed),
])
const value = Type.Union([
  simpleValue,
  Type.Object({ arrayValue: Type.Object({ values: Type.Array(simpleValue) }, closed) }, closed),
])
const attributes = Type.Array(Type.Object({ key: Type.String({ minLength: 1 }), value }, closed))
const event = Type.Object(
  { timeUnixNano: fixed64, name: Type.String({ minLength: 1 }), attributes: Type.Optional(attributes) },
  closed,
)
const span = Type.Object(
  {
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: Type.Optional(hex(16)),
    name: Type.String({ minLength: 1 }),
    kind: Type.Integer({ minimum: 0, maximum: 5 }),
    startTimeUnixNano: fixed64,
    endTimeUnixNano: fixed64,
    attributes,
    events: Type.Optional(Type.Array(event)),
    status: Type.Object({ code: Type.Integer({ minimum: 0, maximum: 2 }) }, closed),
  },
  closed,
)
const request = Type.Object(
  {
    resourceSpans: Type.Array(
      Type.Object(
        {
          resource: Type.Object({ attributes }, closed),
          scopeSpans: Type.Array(
            Type.Object(
              {
                scope: Type.Object({ name: Type.String(), version: Type.Optional(Type.String()) }, closed),
                spans: Type.Array(span),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
)
const check = Compile(request)

export type CollectedSpan = Type.Static<typeof span>

export interface Collector extends AsyncDisposable {
  url: string
  spans: CollectedSpan[]
  requests: { headers: Record<string, string | string[] | undefined>; body: string }[]
  /** What was refused, and why. */
  refused: string[]
  resource: Record<string, unknown>
  named(name: string): CollectedSpan[]
}

/** `reply` answers in place of the collector's own answer; it returns true when it has. */
export async function collector(
  reply: (response: ServerResponse) => boolean = () => false,
): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const requests: Collector['requests'] = []
  const refused: string[] = []
  const resource: Record<string, unknown> = {}
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    incoming.on('end', () => {
      requests.push({ headers: incoming.headers, body })
      if (reply(response)) return
      const parsed: unknown = JSON.parse(body)
      if (incoming.url !== '/v1/traces' || incoming.method !== 'POST' || !check.Check(parsed)) {
        refused.push(JSON.stringify(check.Errors(parsed)))
        response.writeHead(400).end()
        return
      }
      for (const each of parsed.resourceSpans) {
        Object.assign(resource, attributesOf(each.resource))
        spans.push(...each.scopeSpans.flatMap((scope) => scope.spans))
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    requests,
    refused,
    resource,
    named: (name) => spans.filter((each) => each.name === name),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** As a plain object. */
export function attributesOf(from: Pick<CollectedSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(
    from.attributes.map(({ key, value }) => [
      key,
      'arrayValue' in value
        ? value.arrayValue.values.map((each) => Object.values(each)[0])
        : Object.values(value)[0],
    ]),
  )
}
