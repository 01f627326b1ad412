import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import t from 'tap'
import { scopeOf } from '../src/access/scope.ts'
import { readConfig } from '../src/config.ts'
import { type Knowledge, openKnowledge } from '../src/context.ts'
import type { Progress } from '../src/model.ts'

const otherModel = resolve(import.meta.dirname, '../../../shared/models/bge-small-zh-v1.5')
const scope = scopeOf({ kind: 'owner', via: 'token' })
// Enough that re-making them takes longer than two reports of progress are apart.
const files = 80

const settled = async ({ intake, store }: Knowledge): Promise<void> => {
  while (store.sources.counts(scope).ready < files || intake.now().done < intake.now().total) await pause(50)
}

t.test(
  'another embedding model is refused until it is asked for; then every vector is made anew and none is mixed',
  { skip: existsSync(otherModel) ? false : 'the second model is not in ../shared', timeout: 110_000 },
  async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'tanbox-model-'))
    t.teardown(() => rmSync(data, { recursive: true, force: true }))
    mkdirSync(join(data, 'drop'))
    for (let number = 0; number < files; number++)
      writeFileSync(
        join(data, 'drop', `${number}.md`),
        `# 第${number}车间\n\n第${number}车间 2025 年用气 ${number + 3}00 立方米。\n`,
      )
    const open = (settings: Record<string, string> = {}) =>
      openKnowledge(readConfig({ TANBOX_DATA: data, ...settings }), pino({ level: 'silent' }))
    const dimensions = () => {
      const database = new Sqlite(join(data, 'tanbox.db'), { readonly: true })
      try {
        const rows = database.prepare<[], { length: number }>(
          `SELECT DISTINCT length(v.data) / 4 AS length FROM vector v JOIN passage p ON p.rowid = v.passage
           JOIN document d ON d.id = p.document WHERE d.state = 'live'`,
        )
        return rows.all().map((row) => row.length)
      } finally {
        database.close()
      }
    }
    {
      await using box = await open()
      await box.intake.start()
      await settled(box)
      t.same(dimensions(), [384])
    }

    await t.rejects(open({ TANBOX_EMBEDDING_MODEL: otherModel }), {
      code: 'model-changed',
      detail: 'multilingual-e5-small → bge-small-zh-v1.5',
    })
    t.same(dimensions(), [384], 'a refused start leaves everything as it was')

    await using box = await open({ TANBOX_EMBEDDING_MODEL: otherModel, TANBOX_REMAKE: '1' })
    t.same(
      (await box.retrieve(scope, { text: '第3车间用气' })).hits,
      [],
      'old vectors are not searched by new questions',
    )
    const seen: NonNullable<Progress['remaking']>[] = []
    using _progress = new DisposableStack()
    _progress.defer(box.intake.subscribe(({ remaking }) => void (remaking && seen.push(remaking))))
    t.same(box.intake.now().remaking, { done: 0, total: files })
    await box.intake.start()
    await settled(box)
    t.ok(seen.length > 0 && seen.every(({ total }) => total === files), 'progress was told')
    t.equal(box.intake.now().remaking, null)
    t.same(dimensions(), [512])
    const [hit] = (await box.retrieve(scope, { text: '第3车间用气多少' })).hits
    t.match(hit?.passage.text, '600 立方米')
  },
)
