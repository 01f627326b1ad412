import t from 'tap'
import { parseTilePath, placeOf, type TileId, tilePath, tilesOf, tileWidth } from '../../src/tree/tiles.ts'

t.test('tile paths are those of tlog-tiles, and read back', async (t) => {
  const cases: [string, TileId][] = [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/x001/067.p/3', { level: 0, index: 1067, width: 3 }],
    ['tile/entries/000', { level: 'entries', index: 0, width: 256 }],
    ['tile/entries/x001/000.p/255', { level: 'entries', index: 1000, width: 255 }],
    ['tile/63/999.p/1', { level: 63, index: 999, width: 1 }],
    ['tile/1/x009/x007/x199/x254/x740/991', { level: 1, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ]
  for (const [path, id] of cases) {
    t.equal(tilePath(id), path)
    t.same(parseTilePath(path), id)
  }
  for (let index = 0; index < 2_000_000; index += 997) {
    const id: TileId = { level: index % 64, index, width: 1 + (index % 256) }
    const read = parseTilePath(tilePath(id))
    if (read?.index !== index || read.level !== id.level || read.width !== id.width) t.fail(tilePath(id))
  }
})

t.test('every other spelling of a path is refused', async (t) => {
  const wrong = [
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000',
    'tile/0/x001',
    'tile/0/x000/001',
    'tile/0/x000/x001/001',
    'tile/0/001/001',
    'tile/0/x001/x001',
    'tile/0/x01/001',
    'tile/0/X001/001',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/100/000',
    'tile/-1/000',
    'tile/+1/000',
    'tile//000',
    'tile/Entries/000',
    'tile/data/000',
    '/tile/0/000',
    'tile/0/000/',
    ' tile/0/000',
    'tile/0/000\n',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/00',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/1000',
    'tile/0/000.p/-1',
    'tile/0/000.p/1.5',
    'tile/0/000.p/1/',
    'tile/0/000p/1',
    'tile/0/000.P/1',
    'tile/0/000.p/1e1',
    'tile/0/../000',
    'tile/0/٠٠٠',
    'tile/1/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
  ]
  for (const path of wrong) t.equal(parseTilePath(path), null, JSON.stringify(path))
})

t.test('a tree of 70,000 leaves has the tiles that the specification counts', async (t) => {
  const tiles = [...tilesOf(70_000)]
  const level = (at: number | 'entries') => tiles.filter((tile) => tile.level === at)
  for (const at of [0, 'entries'] as const) {
    t.equal(level(at).length, 274)
    t.ok(level(at).every((tile, index) => tile.index === index))
    t.ok(
      level(at)
        .slice(0, 273)
        .every(({ width }) => width === 256),
    )
    t.equal(level(at)[273]?.width, 112)
  }
  t.same(level(1), [
    { level: 1, index: 0, width: 256 },
    { level: 1, index: 1, width: 17 },
  ])
  t.same(level(2), [{ level: 2, index: 0, width: 1 }])
  t.equal(tiles.length, 274 * 2 + 3)
})

t.test('small trees and full ones have no empty tiles', async (t) => {
  t.same([...tilesOf(0)], [])
  t.same([...tilesOf(1)].map(tilePath), ['tile/0/000.p/1', 'tile/entries/000.p/1'])
  t.same([...tilesOf(256)].map(tilePath), ['tile/0/000', 'tile/1/000.p/1', 'tile/entries/000'])
  t.throws(() => [...tilesOf(-1)], RangeError)
  t.equal(tileWidth(63, 0, Number.MAX_SAFE_INTEGER), 0)
  t.equal(tileWidth('entries', 3, 3 * 256), 0)
})

t.test('every complete node of a tree has its place in one of its tiles', async (t) => {
  for (const size of [1, 255, 256, 257, 70_000]) {
    const widths = new Map([...tilesOf(size)].map((tile) => [`${tile.level}/${tile.index}`, tile.width]))
    for (let level = 0; 2 ** level <= size; level++) {
      for (let index = 0; (index + 1) * 2 ** level <= size; index++) {
        const { tile, level: row, offset } = placeOf({ level, index }, size)
        const first = (tile.index * 256 + offset * 2 ** row) * 256 ** tile.level
        const fits =
          first === index * 2 ** level &&
          tile.level * 8 + row === level &&
          row < 8 &&
          (offset + 1) * 2 ** row <= tile.width &&
          widths.get(`${tile.level}/${tile.index}`) === tile.width
        if (!fits) t.fail(`node ${index} at level ${level} of ${size}`)
      }
    }
  }
  t.throws(() => placeOf({ level: 1, index: 0 }, 1), RangeError)
  t.throws(() => placeOf({ level: 0, index: 5 }, 5), RangeError)
  t.throws(() => placeOf({ level: 0, index: -1 }, 5), RangeError)
})
