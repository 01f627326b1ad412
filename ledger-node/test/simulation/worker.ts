import { loadWith } from './loading.ts'
import type { Outcome, Question } from './outcome.ts'
import { plantedBugs } from './planted.ts'
import { sealProcess } from './sealed.ts'
// Before the process is sealed: it keeps the machine's setImmediate for itself.
import './scheduler.ts'

/** A process that runs the seeds it is asked for, one after another, with the planted bug it is started with. */
const [name] = process.argv.slice(2)
const bug = plantedBugs.find((it) => it.name === name)
if (name !== undefined && !bug) throw new Error(`no bug of the name ${name} is known`)
loadWith(bug?.patches ?? [])
sealProcess()
const { runSeed } = await import('./run-seed.ts')

process.on('message', (question: Question) => {
  runSeed(question.seed, { aloud: question.aloud }).then(tell, (cause) => {
    throw cause
  })
})
process.send?.('ready')

function tell(outcome: Outcome): void {
  process.send?.(outcome)
}
