import type { Grounds } from './confidence.ts'

/** Written by bench/retrieval/calibrate.ts; what the figures mean stands in confidence.ts. */
export const coefficients: { intercept: number; weights: Record<keyof Grounds, number> } = {
  intercept: -55.11,
  weights: {
    cosine: 57.38,
    coverage: 4.217,
    agreement: 3.661,
    placeMissing: -2.798,
    yearMissing: -5.794,
    kindMissing: -4.7,
    across: 1.91,
  },
}

export const threshold = 0.2087
