/** The clients' process: does one command at a time for the bench, and answers with what came of it. */
import { askThroughBoxes, awaitBoxes, closeBoxes, connectBoxes } from './boxes.ts'
import { closeCrowd, openCrowd } from './crowd.ts'
import { askDirectly } from './direct.ts'
import { releaseStalled, stallBoxes } from './stalled.ts'

export const commands = {
  openCrowd,
  closeCrowd,
  connectBoxes,
  awaitBoxes,
  askThroughBoxes,
  closeBoxes,
  askDirectly,
  stallBoxes,
  releaseStalled,
}
export type Commands = typeof commands

process.on('message', (message: { id: number; command: keyof Commands; settings: never }) => {
  const { id, command, settings } = message
  const run = commands[command] as (settings: never) => unknown
  Promise.resolve()
    .then(() => run(settings))
    .then(
      (result) => process.send?.({ id, result: result ?? null }),
      (error: Error) => process.send?.({ id, error: error.stack ?? error.message }),
    )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: {} })
