import t from 'tap'
import type { Box } from '../appliance/src/cli/box.ts'
import { reasonOf } from '../appliance/src/errors.ts'
import type { Progress } from '../appliance/src/model.ts'
import { showIngestion } from '../bin/supervisor/ingestion.ts'

t.test('a file name cannot write lines of its own into the terminal, nor command it', async (t) => {
  const name = 'a\n  Claim code AAAA-AAAA\r\x1b[2J\u202etxt.exe'
  const progress: Progress = {
    ...{ done: 1, total: 2, failed: 1, current: [name], pagesPerSecond: 1, passagesPerSecond: 1 },
    ...{ paused: null, remaking: null, failures: [{ id: '1', name, reason: reasonOf('file-empty') }] },
  }
  const box = {
    async *events() {
      yield { event: 'progress', data: progress }
      ending.abort()
    },
  } as unknown as Box
  const ending = new AbortController()
  const written: string[] = []
  const write = (text: string) => void written.push(text)
  const terminal = { isInteractive: false, line: write, status: write }
  await showIngestion(async () => box, terminal, ending.signal)

  t.equal(written.filter((each) => each.includes('a   Claim code AAAA-AAAA[2Jtxt.exe')).length, 3)
  for (const each of written) t.notMatch(each, /\p{Cc}|\u202e/u)
})
