import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Embedder } from '../../src/embed/embedder.ts'

interface Reference {
  model: string
  prefix: { query: string; passage: string }
  max_tokens: number
  items: { kind: 'query' | 'passage'; text: string; input_ids: number[]; vector: number[] }[]
}

/** What every embedder keeps, checked against the reference vectors in the model's folder. */
export async function embedderContract(
  t: Test,
  folder: string,
  open: () => Promise<Embedder>,
): Promise<void> {
  const reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Reference
  const embedder = await open()
  t.teardown(() => embedder.close())
  const embed = async ({ kind, text }: { kind: 'query' | 'passage'; text: string }) =>
    kind === 'query' ? embedder.embedQuery(text) : (await embedder.embedPassages([text]))[0]!

  await t.test('says which model it is', async (t) => {
    t.match(embedder.model, {
      id: reference.model,
      dimension: reference.items[0]!.vector.length,
      maxTokens: reference.max_tokens,
      queryPrefix: reference.prefix.query,
      passagePrefix: reference.prefix.passage,
      sha256: /^[0-9a-f]{64}$/,
      tokenizerSha256: /^[0-9a-f]{64}$/,
    })
  })

  await t.test('gives the reference vectors', async (t) => {
    const cosines: number[] = []
    for (const item of reference.items) cosines.push(cosine(await embed(item), item.vector))
    // Activations are rounded to 8 bits in each run: where a sum of floats falls the other way on another CPU, one
    // step of that rounding moves a vector by about a thousandth. Texts without such a case agree to six digits.
    t.ok(Math.min(...cosines) >= 0.998, `worst ${Math.min(...cosines)}`)
    t.ok(cosines.filter((c) => c >= 0.999).length >= 0.95 * cosines.length, 'nearly all reach .999')
    t.ok(cosines.filter((c) => c >= 0.99999).length >= 0.8 * cosines.length, 'most are equal')
  })

  await t.test('a vector does not depend on what is embedded beside it', async (t) => {
    const texts = reference.items.filter(({ kind }) => kind === 'passage').map(({ text }) => text)
    const together = await embedder.embedPassages(texts)
    for (const [i, text] of texts.entries()) t.same((await embedder.embedPassages([text]))[0], together[i])
  })

  await t.test('counts tokens without prefix, opening and closing', async (t) => {
    const short = reference.items.filter((item) => item.input_ids.length < reference.max_tokens)
    const [prefixed, bare] = [
      await embedder.countTokens(short.map(({ kind, text }) => reference.prefix[kind] + text)),
      await embedder.countTokens(short.map(({ text }) => text)),
    ]
    t.same(
      prefixed,
      short.map(({ input_ids }) => input_ids.length - 2),
    )
    t.ok(bare.every((count, i) => count <= prefixed[i]!))
    t.same(await embedder.countTokens(['', '']), [0, 0])
    t.same(await embedder.countTokens([]), [])
  })

  await t.test('a question does not wait for the passages before it', async (t) => {
    const long = reference.items.at(-1)!.text
    let done = 0
    const passages = Promise.all(
      Array.from({ length: 12 }, async () => {
        await embedder.embedPassages([long])
        done++
      }),
    )
    await embedder.embedQuery('碳排放')
    t.ok(done < 12, `${done} of 12 passages were done`)
    await passages
  })

  await t.test('an aborted call ends at once, and the embedder goes on', async (t) => {
    const stop = new AbortController()
    const texts = Array.from({ length: 50 }, () => reference.items.at(-1)!.text)
    const stopped = embedder.embedPassages(texts, { signal: stop.signal })
    stop.abort()
    await t.rejects(stopped, { name: 'AbortError' })
    await t.rejects(embedder.embedQuery('x', { signal: stop.signal }), { name: 'AbortError' })
    t.equal((await embedder.embedQuery('x')).length, embedder.model.dimension)
  })

  await t.test('takes any text', async (t) => {
    for (const text of ['', '\0', '\ud800', '🌱'.repeat(3000), 'a'.repeat(100_000), '</s><s><mask>']) {
      const vector = await embedder.embedQuery(text)
      t.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3, 'of unit length')
    }
  })
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return ab / Math.sqrt(aa * bb)
}
