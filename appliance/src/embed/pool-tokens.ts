import type { Pooling } from './model-folder.ts'

/**
 * The unit-length vector of a text from the model's output.
 * @param output for `none` the vector itself; else one row of `dimension` numbers per token
 */
export function poolTokens(output: Float32Array, dimension: number, pooling: Pooling): Float32Array {
  if (pooling === 'none') return output.slice(0, dimension)
  if (pooling === 'first-token') return unit(output.slice(0, dimension))
  const sum = new Float32Array(dimension)
  for (let i = 0; i < output.length; i++) sum[i % dimension]! += output[i]!
  return unit(sum)
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0
  for (const x of vector) squares += x * x
  const length = Math.sqrt(squares)
  return length === 0 ? vector : vector.map((x) => x / length)
}
