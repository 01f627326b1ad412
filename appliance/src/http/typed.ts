import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import Type from 'typebox'

/** A Fastify instance whose handlers know the types of their schemas. */
export type Typed = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export const IdParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w-]+$' }),
})

export const FileTypeSchema = Type.Union(
  (['pdf', 'docx', 'pptx', 'xlsx', 'csv', 'md', 'txt', 'html'] as const).map((type) => Type.Literal(type)),
)

const date = Type.String({
  maxLength: 35,
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T[\\d:.]+(Z|[+-]\\d{2}:\\d{2}))?$',
})

export const FiltersSchema = Type.Object(
  {
    types: Type.Optional(Type.Array(FileTypeSchema, { maxItems: 16 })),
    folder: Type.Optional(Type.String({ maxLength: 4096 })),
    from: Type.Optional(date),
    to: Type.Optional(date),
    sources: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 })),
  },
  { additionalProperties: false },
)
