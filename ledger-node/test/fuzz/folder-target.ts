import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { tilePath, tilesOf } from '../../src/tree/tiles.ts'
import { verifyLogAt } from '../../src/verify/verify-log-at.ts'
import { signedCheckpoint, testLogKey, writeStaticLog } from '../support/static-log.ts'
import { type FuzzTarget, insist } from './target.ts'

/** An exported folder with one changed file: the report is bad, or the file is what it was. */
export function folderTarget(entries: readonly Buffer[]): FuzzTarget & { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-fuzz-'))
  writeStaticLog(folder, entries, signedCheckpoint(entries))
  const paths = ['checkpoint', ...[...tilesOf(entries.length)].map(tilePath)]
  const good = paths.map((path) => readFileSync(join(folder, path)))
  let turn = 0
  return {
    name: 'exported folder',
    // The first byte of an input says which file it stands in the place of.
    samples: good.map((bytes, at) => Buffer.concat([Buffer.of(at), bytes])),
    weight: 1,
    errors: [],
    async run(input) {
      const at = (input[0] ?? 0) % paths.length
      const path = join(folder, paths[at]!)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, input.subarray(1))
      turn += 1
      const report = await verifyLogAt(folder, { key: testLogKey, workers: 0, any: turn % 2 === 0 })
      writeFileSync(path, good[at]!)
      const isSame = input.subarray(1).equals(good[at]!)
      const mayDiffer = paths[at] === 'checkpoint'
      insist(report.ok === (report.problem === null), 'a report contradicts itself')
      insist(!isSame || report.ok, `a good folder is refused: ${JSON.stringify(report.problem)}`)
      insist(isSame || mayDiffer || !report.ok, `a changed ${paths[at]} is taken`)
      insist(!/the check itself failed/.test(report.problem?.why ?? ''), `${report.problem?.why}`)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
