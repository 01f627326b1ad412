/** Loaded before a program (`--import`): ends its worker threads, and nothing else, when it gets SIGUSR2. */
import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'

const running: threads.Worker[] = []
const Original = threads.Worker
threads.Worker = class extends Original {
  constructor(...given: ConstructorParameters<typeof Original>) {
    super(...given)
    running.push(this)
  }
}
syncBuiltinESMExports()
process.on('SIGUSR2', () => {
  for (const thread of running) void thread.terminate()
})
