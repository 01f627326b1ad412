import t from 'tap'
import { PublishedWidths } from '../../src/log/published-widths.ts'
import type { TileId } from '../../src/tree/tiles.ts'

const tile = (level: TileId['level'], index: number, width: number): TileId => ({ level, index, width })
const published = (...sizes: number[]) =>
  sizes.reduce((widths, size) => widths.with(size), new PublishedWidths())

t.test('nothing is served before a checkpoint', async (t) => {
  t.notOk(published().has(tile(0, 0, 1)))
  t.notOk(published(0).has(tile(0, 0, 1)))
})

t.test('partial tiles are those of the sizes that were published', async (t) => {
  const widths = published(3, 5, 5, 200)
  for (let width = 1; width <= 256; width += 1)
    for (const level of [0, 'entries'] as const)
      t.equal(widths.has(tile(level, 0, width)), [3, 5, 200].includes(width), `${level}, ${width}`)
  t.notOk(widths.has(tile(1, 0, 1)))
})

t.test('they go when the full tile is there', async (t) => {
  const widths = published(3, 256)
  t.notOk(widths.has(tile(0, 0, 3)))
  t.ok(widths.has(tile(0, 0, 256)))
  t.ok(widths.has(tile(1, 0, 1)))
  t.notOk(widths.has(tile(0, 1, 1)), 'a size divisible by 256 has no partial tile of entries')
})

t.test('a level that stays as it is keeps its widths', async (t) => {
  const widths = published(300, 600, 700, 65_536 * 3 + 700)
  t.ok(widths.has(tile(0, 767, 256)))
  t.ok(widths.has(tile('entries', 770, 188)))
  t.ok(widths.has(tile(1, 3, 2)))
  t.ok(widths.has(tile(2, 0, 3)))
  t.notOk(widths.has(tile(1, 0, 1)))
  t.notOk(widths.has(tile(1, 0, 2)))
  t.notOk(widths.has(tile(2, 0, 2)), 'never published')
  t.notOk(widths.has(tile(3, 0, 1)))
  const more = widths.with(65_536 * 3 + 701)
  t.ok(more.has(tile('entries', 770, 188)))
  t.ok(more.has(tile('entries', 770, 189)))
  t.ok(more.has(tile(1, 3, 2)))
})

t.test('what is kept on the disk is the same again, and nothing else is taken for it', async (t) => {
  const widths = published(3, 300, 77_777)
  const again = PublishedWidths.parse(widths.format())!
  t.equal(again.format(), widths.format())
  t.ok(again.has(tile(0, 303, 209)))
  for (const text of [
    '',
    '{}',
    'null',
    '{"levels":[{"index":0,"widths":[256]}],"size":1}',
    '{"levels":0,"size":-1}',
  ])
    t.equal(PublishedWidths.parse(text), null, text)
})
