import type { BoxAccount } from '../../accounts/accounts.ts'
import { unlimitedQuota } from '../../accounts/box-folder.ts'
import type { Quota } from '../../protocol.ts'
import { accountOf, type Command, NoSuchBox, tell } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { type Language, say, type TextName } from './language.ts'
import { limit } from './numbers.ts'
import { table } from './table.ts'
import { changesQuota, quotaOf } from './values.ts'

/** Who is enrolled. */
export const boxes: Command = async (surround) => {
  const { output, language } = surround
  const all = await (await surround.accounts()).list()
  if (output.json) output.document(all.map(documentOf))
  else if (all.length === 0) tell(surround, 'noBoxes')
  else for (const line of tableOf(all, language, output.columns)) output.line(line)
  return exitCodes.ok
}

/** Shuts a box out for good: a key that was revoked never comes back, whoever may hold it. */
export const revoke: Command = async (surround) => {
  const { box, values, output, language } = surround
  const accounts = await surround.accounts()
  const { label, revokedAt } = await accountOf(accounts, box)
  const sure = revokedAt !== null || values.yes === true
  if (!sure && !(await surround.confirm(say(language, 'confirmRevoke', box, label || '-')))) {
    tell(surround, 'notRevoked')
    return exitCodes.failed
  }
  await accounts.revoke(box)
  if (output.json) output.document({ revoked: box })
  else {
    tell(surround, 'isRevoked', box)
    tell(surround, 'howBack')
  }
  return exitCodes.ok
}

/** Shows what a box may use, or changes it; running gateways follow within seconds. */
export const quota: Command = async (surround) => {
  const { box, values, output, language } = surround
  // What was typed wrongly is said before anything is looked up.
  quotaOf(values, unlimitedQuota)
  const accounts = await surround.accounts()
  const account = await accountOf(accounts, box)
  const after = quotaOf(values, account.quota)
  if (changesQuota(values) && !(await accounts.setQuota(box, after))) throw new NoSuchBox(box)
  if (account.revokedAt !== null) output.remark(say(language, 'quotaOfRevoked', box))
  if (output.json) output.document({ box, quota: after })
  else
    tell(surround, 'quotaOf', box, ...cellsOf(after, language, (tokens) => say(language, 'tokens', tokens)))
  return exitCodes.ok
}

function documentOf({ publicKey, enrolledAt, revokedAt, ...account }: BoxAccount) {
  return {
    ...account,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    enrolledAt: new Date(enrolledAt).toISOString(),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  }
}

function tableOf(all: readonly BoxAccount[], language: Language, room: number): string[] {
  const t = (name: TextName) => say(language, name)
  const columns = [
    // Whole: it is what other commands want to be given. Boxes make ids of 20 characters.
    { title: t('box'), most: 63 },
    { title: t('label'), most: 14 },
    { title: t('state'), most: 7 },
    { title: t('enrolled'), most: 10 },
    ...[t('perMinute'), t('perDay')].map((title) => ({ title, most: 8, align: 'right' as const })),
    { title: t('streams'), most: 7, align: 'right' as const },
  ]
  const rows = all.map(({ box, label, revokedAt, enrolledAt, quota }) => [
    box,
    label,
    t(revokedAt === null ? 'active' : 'revoked'),
    new Date(enrolledAt).toISOString().slice(0, 10),
    ...cellsOf(quota, language, (tokens) => limit(tokens, 8)),
  ])
  return table(columns, rows, room)
}

function cellsOf(
  { tokensPerMinute, tokensPerDay, streams }: Quota,
  language: Language,
  numeral: (tokens: number) => string,
): string[] {
  const shown = (tokens: number | null) => (tokens === null ? say(language, 'noLimit') : numeral(tokens))
  return [shown(tokensPerMinute), shown(tokensPerDay), String(streams)]
}
