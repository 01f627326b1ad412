/** One case: features in a fixed order, what it is (1: the answer is there), and how much it counts. */
export interface Case {
  features: readonly number[]
  label: 0 | 1
  weight: number
  /** Cases of one group (the same question) stay together in cross-validation. */
  group: string
}

export interface Model {
  intercept: number
  weights: number[]
}

const steps = 400
const rate = 2
/** Ridge penalty on standardised weights. */
const penalty = 1

/** Logistic regression by gradient descent over standardised features, returned for the features as they are. */
export function fit(cases: readonly Case[]): Model {
  const width = cases[0]!.features.length
  const scale = Array.from({ length: width }, (_, i) => spread(cases.map(({ features }) => features[i]!)))
  const rows = cases.map(({ features }) =>
    features.map((value, i) => (value - scale[i]!.mean) / scale[i]!.deviation),
  )
  const total = cases.reduce((sum, each) => sum + each.weight, 0)
  const weights = new Array<number>(width).fill(0)
  let intercept = 0
  for (let step = 0; step < steps; step++) {
    const slope = new Array<number>(width).fill(0)
    let slopeOfIntercept = 0
    cases.forEach(({ label, weight }, row) => {
      const error = weight * (logistic(dot(weights, rows[row]!) + intercept) - label)
      slopeOfIntercept += error
      rows[row]!.forEach((value, i) => {
        slope[i]! += error * value
      })
    })
    intercept -= (rate * slopeOfIntercept) / total
    for (let i = 0; i < width; i++) weights[i]! -= (rate * (slope[i]! + penalty * weights[i]!)) / total
  }
  const plain = weights.map((weight, i) => weight / scale[i]!.deviation)
  return {
    intercept:
      intercept -
      dot(
        plain,
        scale.map(({ mean }) => mean),
      ),
    weights: plain,
  }
}

export function predict(model: Model, features: readonly number[]): number {
  return logistic(model.intercept + dot(model.weights, features))
}

/** For each case the prediction of a model that has not seen its group. */
export function crossValidate(cases: readonly Case[], folds = 5): number[] {
  const groups = [...new Set(cases.map(({ group }) => group))]
  const fold = new Map(groups.map((group, i) => [group, i % folds]))
  const predictions = new Array<number>(cases.length)
  for (let held = 0; held < folds; held++) {
    const model = fit(cases.filter(({ group }) => fold.get(group) !== held))
    cases.forEach((each, i) => {
      if (fold.get(each.group) === held) predictions[i] = predict(model, each.features)
    })
  }
  return predictions
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return { mean, deviation: deviation || 1 }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
