import { resolve } from 'node:path'
import { enrolLocalBox, layoutOf } from './supervisor/data-folder.ts'

/**
 * Lets the box on this machine in at the gateway on this machine, where no supervisor does it:
 * `sh bin/node24 bin/enrol.ts DATA`. Harmless when it has been done.
 */
const [data] = process.argv.slice(2)
if (!data) {
  console.error('usage: enrol.ts DATA')
  process.exit(2)
}
await enrolLocalBox(layoutOf(resolve(data)), process.env)
