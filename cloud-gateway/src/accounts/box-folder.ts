/**
 * Boxes of earlier versions: a file for each, `boxes/<box>.json`, in the gateway's data folder. They are taken over
 * once; then the folder has another name, under which nobody looks at it any more.
 */
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { limits, type Quota } from '../protocol.ts'
import { type Accounts, EnrolmentError } from './accounts.ts'

/** They had none. */
export const unlimitedQuota: Quota = { tokensPerMinute: null, tokensPerDay: null, streams: limits.inFlight }

const BoxFile = Compile(
  Type.Object({
    v: Type.Literal(1),
    box: Type.String(),
    publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    label: Type.String(),
    revokedAt: Type.Union([Type.String(), Type.Null()]),
  }),
)

export interface TakenOver {
  boxes: number
  /** Files that are damaged, or whose box is known under another key. They stay in the folder. */
  refused: string[]
}

/** Null when there is nothing to take over. Broken off, it may be begun again: what is there stays as it is. */
export async function takeOverBoxFolder(
  accounts: Pick<Accounts, 'enrol' | 'revoke'>,
  data: string,
): Promise<TakenOver | null> {
  const folder = join(data, 'boxes')
  if (!existsSync(folder)) return null
  const taken: TakenOver = { boxes: 0, refused: [] }
  for (const name of readdirSync(folder).sort()) {
    if (!/^[^.].*\.json$/.test(name)) continue
    if (await takeOver(accounts, join(folder, name), name)) taken.boxes += 1
    else taken.refused.push(name)
  }
  putAside(folder)
  return taken
}

async function takeOver(
  accounts: Pick<Accounts, 'enrol' | 'revoke'>,
  path: string,
  name: string,
): Promise<boolean> {
  const file = readBoxFile(path)
  if (!file || name !== `${file.box}.json`) return false
  const { box, label } = file
  try {
    const publicKey = Buffer.from(file.publicKey, 'base64url')
    await accounts.enrol({ box, publicKey, label, quota: unlimitedQuota })
  } catch (error) {
    if (!(error instanceof EnrolmentError)) throw error
    // Revoked: taken over before, and broken off after that.
    if (error.code !== 'box-revoked') return false
  }
  if (file.revokedAt !== null) await accounts.revoke(box)
  return true
}

function readBoxFile(path: string) {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return BoxFile.Check(value) ? value : null
  } catch {
    return null
  }
}

function putAside(folder: string): void {
  try {
    const aside = `${folder}.taken-over`
    renameSync(folder, existsSync(aside) ? `${aside}-${Date.now()}` : aside)
  } catch (error) {
    // Whoever started in the same moment has done it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
