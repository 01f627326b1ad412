import type { Database } from 'better-sqlite3'

/** What the box remembers about itself: named JSON values. */
export interface Settings {
  get<T>(name: string): T | undefined
  set(name: string, value: unknown): void
  remove(name: string): void
}

export function createSettings(database: Database): Settings {
  const read = database.prepare<[string], { value: string }>('SELECT value FROM setting WHERE name = ?')
  const write = database.prepare(
    'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  const erase = database.prepare('DELETE FROM setting WHERE name = ?')
  return {
    get: <T>(name: string) => {
      const row = read.get(name)
      return row === undefined ? undefined : (JSON.parse(row.value) as T)
    },
    set: (name, value) => void write.run(name, JSON.stringify(value)),
    remove: (name) => void erase.run(name),
  }
}
