import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { runNode } from '../../src/running-node.ts'
import { run } from '../cli/support.ts'

/** Two whole nodes with discovery on a network of loopback alone; one adds the other by command. Run by mdns.test.ts. */

const folder = mkdtempSync(join(tmpdir(), 'tanbox-found-'))
const environmentOf = (name: string) => ({
  TANBOX_LEDGER_DATA: join(folder, name),
  TANBOX_LEDGER_HOST: '0.0.0.0',
  TANBOX_LEDGER_PORT: '0',
  TANBOX_LEDGER_NAME: name,
  TANBOX_LEDGER_DISCOVERY: 'on',
})
const say = { version: '0', notice: console.error, onError: console.error }
{
  await using _one = await runNode(readConfig(environmentOf('one')), say)
  await using _other = await runNode(readConfig(environmentOf('other')), say)
  const command = (...args: string[]) => run(environmentOf('one'), [...args, '--json'])
  let found = await command('peers', 'discover')
  for (let tries = 0; found.status !== 0 && tries < 20; tries += 1) found = await command('peers', 'discover')
  const [{ fingerprint = '' } = {}] = found.json() as unknown as { fingerprint: string }[]
  const wrong = await command('peers', 'add', '--found', 'other', '--fingerprint', '0'.repeat(20))
  const unnamed = await command('peers', 'add', '--found', 'other')
  const added = await command('peers', 'add', '--found', 'other', '--fingerprint', fingerprint)
  const again = await command('peers', 'discover')
  console.log(
    JSON.stringify({
      found: found.json(),
      statuses: [wrong.status, unnamed.status, added.status],
      added: added.json(),
      again: again.json(),
    }),
  )
}
rmSync(folder, { recursive: true, force: true })
