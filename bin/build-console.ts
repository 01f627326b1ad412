import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildConsole } from './supervisor/console-build.ts'

/** Builds the web console and the page for receipts: for images, where no supervisor does it at the first start. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const built = await buildConsole(root, () => console.log('Building the console…'))
if (!built) console.log('The console is up to date.')
