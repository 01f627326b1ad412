/** What a schema says against a value, in sentences that name the place and never the value. */

interface SchemaError {
  keyword: string
  schemaPath: string
  instancePath: string
  params: object
  message: string
}

const kinds: Record<string, string> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

/** One for each place, the first that was found. `where` is the place of the value itself. */
export function mistakesIn(errors: readonly SchemaError[], where: string): string[] {
  const said = new Map<string, string>()
  for (const error of errors) {
    for (const [place, sentence] of sentencesOf(error)) {
      if (!said.has(place)) said.set(place, sentence)
    }
  }
  return [...said].map(([place, sentence]) => `${joined(where, place) || 'models.json'}: ${sentence}`)
}

function* sentencesOf(error: SchemaError): Generator<[string, string]> {
  const place = placeOf(error.instancePath)
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    // Said of each member that is too much, by the keyword below.
    case 'boolean':
      return
    case 'additionalProperties':
      for (const name of params.additionalProperties as string[]) {
        yield [joined(place, name), 'there is no such member']
      }
      return
    case 'required':
      for (const name of params.requiredProperties as string[]) yield [joined(place, name), 'is missing']
      return
    case 'type':
      yield [place, `expected ${kinds[String(params.type)] ?? params.type}`]
      return
    case 'enum':
      yield [place, `expected ${(params.allowedValues as unknown[]).join(', ')}`]
      return
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      yield [place, `expected a number ${params.comparison} ${params.limit}`]
      return
    case 'pattern':
      yield [place, patternSentence(place)]
      return
    default:
      yield [place, error.message]
  }
}

const patternSentences: [RegExp, string][] = [
  [/^price\./, 'expected an amount such as "1.25", as text, with at most six decimals'],
  [/^keyEnv$/, 'expected the name of an environment variable'],
  [/^keepAlive$/, 'expected a duration such as "30m"'],
  [/^aliases\./, 'expected the name of a target'],
]

const patternSentence = (place: string) =>
  patternSentences.find(([pattern]) => pattern.test(place))?.[1] ?? 'has another form than expected'

/** `/a/0/b` -> `a[0].b` */
function placeOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((place, part) => (/^\d+$/.test(part) ? `${place}[${part}]` : joined(place, part)), '')
}

const joined = (place: string, part: string) =>
  place === '' ? part : part === '' ? place : `${place}.${part}`
