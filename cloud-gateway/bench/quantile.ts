/** The value below which a share of all lie (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)
export const rounded = (value: number, digits = 2) => Number(value.toFixed(digits))
