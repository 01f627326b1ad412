import type { Features } from './confidence.ts'

/** Written by bench/retrieval/calibrate.ts; what the figures mean stands in confidence.ts. */
export const coefficients: { intercept: number; weights: Record<keyof Features, number>; threshold: number } =
  {
    intercept: -20,
    weights: { cosine: 22, peak: 10, coverage: 1, coverageOfThree: 2, wordScore: 0.3, agreement: 0.5 },
    threshold: 0.3,
  }
