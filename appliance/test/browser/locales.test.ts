import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const source = join(import.meta.dirname, '../../console/src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
)
const texts = new Map(files.map((name) => [name, readFileSync(join(source, name), 'utf8')]))

type Tree = { [key: string]: string | Tree }

const read = (language: string): Map<string, string> => {
  const flat = new Map<string, string>()
  const walk = (tree: Tree, path: string) => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === 'string') flat.set(path + key, value)
      else walk(value, `${path + key}.`)
    }
  }
  walk(JSON.parse(readFileSync(join(source, `i18n/${language}.json`), 'utf8')), '')
  return flat
}

const zh = read('zh')
const en = read('en')
const names = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()

t.test('both languages say the same things with the same values in them', async (t) => {
  t.same([...zh.keys()].sort(), [...en.keys()].sort())
  for (const [key, text] of zh) {
    t.not(text, '', key)
    // A plural form may leave the number out where the word says it.
    if (!key.endsWith('_one')) t.same(names(text), names(en.get(key) ?? ''), key)
  }
})

t.test('no sentence is kept that nobody says', async (t) => {
  const all = [...texts.values()].join('\n')
  const unused = [...zh.keys()]
    .map((key) => key.replace(/_(one|other)$/, ''))
    .filter((key) => !all.includes(`'${key}'`))
  t.same(unused, [])
})

t.test('no component holds a sentence of its own', async (t) => {
  for (const [name, text] of texts) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    // Punctuation may be looked for in texts; words may not be said.
    t.notMatch(code.replaceAll('。', ''), /[\p{Script=Han}，；！？]/u, name)
  }
})
