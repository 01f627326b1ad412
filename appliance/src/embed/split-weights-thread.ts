/** Writes a model again with its weights beside it; see split-weights.ts. */
import { workerData } from 'node:worker_threads'
import { InferenceSession } from 'onnxruntime-node'
import { sessionOptions } from './session.ts'

const { from, to } = workerData as { from: string; to: string }
const session = await InferenceSession.create(from, {
  ...sessionOptions,
  // The graph as it is: an optimised one could be bound to this CPU.
  graphOptimizationLevel: 'disabled',
  optimizedModelFilePath: to,
  extra: {
    session: {
      ...sessionOptions.extra.session,
      optimized_model_external_initializers_file_name: 'model.data',
      optimized_model_external_initializers_min_size_in_bytes: '4096',
    },
  },
})
await session.release()
