import type { Grounds } from './confidence.ts'

/** Written by bench/retrieval/calibrate.ts; what the figures mean stands in confidence.ts. */
export const coefficients: { intercept: number; weights: Record<keyof Grounds, number> } = {
  intercept: -41.32,
  weights: {
    cosine: 43.04,
    coverage: 2.347,
    agreement: 3.185,
    placeMissing: -2.871,
    yearMissing: -5.5,
    kindMissing: -4.268,
    across: 2.482,
    cosineAcross: -36.24,
  },
}

export const threshold = 0.282
