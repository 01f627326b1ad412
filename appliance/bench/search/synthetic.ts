/**
 * Synthetic passages that are as hard to search as real ones. Vectors as multilingual-e5-small gives them: any two
 * have a cosine of about .77, two of one topic .86, two of one document .93; they spread over some directions much
 * more than over others. Terms as the analyser gives them: Chinese pairs with frequencies by Zipf's law, about 220 a
 * passage, half of them common to the topic.
 */
export interface Synthetic {
  /** Passages of document number `document`; deterministic. */
  passages(document: number): { terms: string[]; vector: Float32Array }[]
  /** A question about some document: a vector near one of its passages, and terms of it. */
  question(number: number): { terms: string[]; vector: Float32Array }
}

export const passagesPerDocument = 20
const documentsPerTopic = 25
const termsPerPassage = 220
const vocabulary = 200_000

/** Shares of the squared length: common to all, to the topic, to the document, of the passage alone. */
const shares = { all: 0.77, topic: 0.09, document: 0.07, passage: 0.07 }
const questionNoise = 0.07

export function createSynthetic(dimension: number, documents: number): Synthetic {
  const direction = (seed: number) => {
    const random = randomNumbers(seed)
    // Standard deviations fall from 1 to a fifth, as the principal components of real embeddings do.
    return unit(
      Float32Array.from({ length: dimension }, (_, d) => gaussian(random) / (1 + (4 * d) / dimension)),
    )
  }
  const everywhere = direction(1)
  const compose = (parts: [share: number, vector: Float32Array][]) => {
    const sum = new Float32Array(dimension)
    for (const [share, vector] of parts) {
      const weight = Math.sqrt(share)
      for (let d = 0; d < dimension; d++) sum[d]! += weight * vector[d]!
    }
    return unit(sum)
  }
  const vectorOf = (document: number, ordinal: number) => {
    const topic = Math.floor(document / documentsPerTopic)
    return compose([
      [shares.all, everywhere],
      [shares.topic, direction(1_000_003 + topic)],
      [shares.document, direction(2_000_003 + document)],
      [shares.passage, direction(3_000_017 + document * passagesPerDocument + ordinal)],
    ])
  }
  const termsOf = (document: number, ordinal: number) => {
    const own = randomNumbers(7_000_003 + document * passagesPerDocument + ordinal)
    const topic = Math.floor(document / documentsPerTopic)
    return Array.from({ length: termsPerPassage }, () => {
      const rank = Math.floor(vocabulary ** own()) // Zipf: the logarithm of the rank is uniform
      return term(own() < 0.5 ? rank : (rank * 31 + topic * 977) % vocabulary)
    })
  }
  return {
    passages: (document) =>
      Array.from({ length: passagesPerDocument }, (_, ordinal) => ({
        terms: termsOf(document, ordinal),
        vector: vectorOf(document, ordinal),
      })),
    question(number) {
      const document = (number * 7919) % documents
      const ordinal = number % passagesPerDocument
      const noise = direction(9_000_011 + number)
      return {
        terms: termsOf(document, ordinal).slice(0, 40),
        vector: compose([
          [1 - questionNoise, vectorOf(document, ordinal)],
          [questionNoise, noise],
        ]),
      }
    },
  }
}

/** Two Chinese characters per number, each pair different. */
function term(rank: number): string {
  return String.fromCharCode(0x4e00 + (rank % 5000), 0x4e00 + Math.floor(rank / 5000))
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0
  for (const x of vector) squares += x * x
  const scale = 1 / Math.sqrt(squares)
  return vector.map((x) => x * scale)
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
}

/** xorshift32: the same numbers for the same seed, everywhere. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 4; i++) next()
  return next
}
