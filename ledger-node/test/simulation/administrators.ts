import { sealStatement, signStatement } from '../../src/forks/statement.ts'
import { logKeyType, makeSignerKey, type SignerKey, verifierOf } from '../../src/note/key.ts'
import type { Box } from './box.ts'
import { second, type World } from './world.ts'

/** The key of the person who looks after a box. */
function adminOf(world: World, box: Box): SignerKey {
  const name = world.identityOf(box.name)
  return makeSignerKey(
    `ledger.example/${name}/admin`,
    logKeyType,
    world.random.fork(`admin ${name}`).bytes(32),
  )
}

/** The boxes become peers: each has an administrator, and the cards of all others. */
export async function introduce(world: World): Promise<void> {
  for (const box of world.boxes)
    await world.wait(box.node!.peers.setAdmin(verifierOf(adminOf(world, box))), 'naming an administrator')
  world.exchangeCards()
  await world.run(10 * second, () => world.acquainted)
  lookAfter(world)
}

/** Administrators come back to it now and then: boxes are down, disks full, keys new. */
function lookAfter(world: World): void {
  world.scheduler.plan(2 * second, 'administrators', () => {
    world.exchangeCards()
    lookAfter(world)
  })
}

/** A log that nobody can complete any more goes on under another log id, as more than half of the administrators say. */
export async function goOn(world: World, box: Box): Promise<void> {
  const node = box.node!
  world.scheduler.remark(`${box.name} goes on under another log id`)
  const prepared = await world.wait(node.prepareSuccessor('entries were lost'), 'preparing a new log id')
  if (prepared.statement === null) throw new Error(`${box.name} could endorse its successor itself`)
  const signers = world.boxes
    .map((it) => adminOf(world, it))
    .filter(({ publicKey }) => prepared.admins.some((admin) => admin.publicKey.equals(publicKey)))
    .slice(0, prepared.needed)
  const lines = signers.map((signer) => signStatement(prepared.statement!, signer))
  await world.wait(node.successor({ statement: sealStatement(prepared.statement, lines) }), 'a new log id')
  world.exchangeCards()
}
