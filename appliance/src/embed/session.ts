import { InferenceSession, Tensor } from 'onnxruntime-node'

/** Model ids to the model's output, one text per run. Blocks its thread while it runs. */
export interface Session {
  run(ids: readonly number[]): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * One thread, one session: more texts at once come from more threads, which beats one session of many threads.
 * Without spinning, so that waiting costs nobody else's time; without the memory arena, which would keep the
 * buffers of the longest text for ever.
 */
export const sessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
} satisfies InferenceSession.SessionOptions

export async function openSession(file: string, output: string): Promise<Session> {
  const session = await InferenceSession.create(file, sessionOptions)
  if (!session.outputNames.includes(output)) throw new Error(`the model has no output ${output}`)
  return {
    async run(ids) {
      const shape = [1, ids.length]
      const inputs: Record<string, Tensor> = {}
      for (const name of session.inputNames) inputs[name] = new Tensor('int64', inputOf(name, ids), shape)
      const results = await session.run(inputs, [output])
      return results[output]!.data as Float32Array
    },
    close: () => session.release(),
  }
}

function inputOf(name: string, ids: readonly number[]): BigInt64Array {
  if (name === 'input_ids') return BigInt64Array.from(ids, BigInt)
  if (name === 'attention_mask') return new BigInt64Array(ids.length).fill(1n)
  if (name === 'token_type_ids') return new BigInt64Array(ids.length)
  throw new Error(`the model wants an input that is not known here: ${name}`)
}
