import { parentPort, workerData } from 'node:worker_threads'
import { checkRange, type RangeJob } from './check-range.ts'
import { openSource } from './source.ts'

/** A thread that looks through ranges of bundles, one after another. */
const { location, timeoutMs } = workerData as { location: string; timeoutMs?: number }
const source = openSource(location, timeoutMs === undefined ? {} : { timeoutMs })

parentPort!.on('message', async (job: RangeJob) => {
  parentPort!.postMessage(await checkRange(source, job))
})
