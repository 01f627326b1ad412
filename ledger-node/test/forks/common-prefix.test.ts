import t from 'tap'
import { commonPrefix } from '../../src/forks/common-prefix.ts'
import { GrowingLog } from '../witness/growing-log.ts'

t.test('the common prefix is found exactly, wherever the histories part', async (t) => {
  const log = new GrowingLog().grow(33)
  for (let common = 0; common <= 33; common++)
    for (const more of [0, 1, 7]) {
      const other = log.fork(common, 'b', more)
      const found = await commonPrefix(
        { size: 33, read: log.hashes },
        { size: common + more, read: other.hashes },
      )
      t.equal(found, common, `${common} and ${more} more`)
    }
})
