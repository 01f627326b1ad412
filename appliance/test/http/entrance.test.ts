import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import Fastify from 'fastify'
import t from 'tap'
import { openEntrance } from '../../src/http/entrance.ts'

const answers = async (host: string, port: number): Promise<boolean> => {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** An address of this machine beside loopback; 127.0.0.2 stands in where it has none. */
const other =
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.2'

t.test(
  'until the box is claimed only loopback answers; then the configured address does, on the same port',
  async (t) => {
    const server = Fastify()
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<string>()
    server.get('/slow', () => {
      asked.resolve()
      return answer.promise
    })
    const entrance = await openEntrance(server, { host: '0.0.0.0', port: 0, claimed: false })
    t.teardown(() => entrance.close(100))
    t.equal(await answers('127.0.0.1', entrance.port), true)
    t.equal(await answers(other, entrance.port), false)

    const underWay = fetch(`http://127.0.0.1:${entrance.port}/slow`)
    await asked.promise
    await entrance.widen()
    t.equal(await answers(other, entrance.port), true)
    answer.resolve('done')
    t.equal(await (await underWay).text(), 'done', 'a request under way goes on')
  },
)

t.test('a claimed box listens where it was told from the start', async (t) => {
  const entrance = await openEntrance(Fastify(), { host: '0.0.0.0', port: 0, claimed: true })
  t.teardown(() => entrance.close(100))
  t.equal(await answers(other, entrance.port), true)
})

t.test(
  'one address of the LAN is opened beside loopback, and one that is not ours leaves loopback open',
  async (t) => {
    const both = await openEntrance(Fastify(), { host: '127.0.0.3', port: 0, claimed: true })
    t.teardown(() => both.close(100))
    t.same([await answers('127.0.0.1', both.port), await answers('127.0.0.3', both.port)], [true, true])

    for (const host of ['192.0.2.1', '::']) {
      const entrance = await openEntrance(Fastify(), { host, port: 0, claimed: false })
      t.teardown(() => entrance.close(100))
      const widened = await entrance.widen().then(
        () => true,
        () => false,
      )
      t.equal(widened, entrance.host === host)
      t.equal(await answers('127.0.0.1', entrance.port), true, host)
    }
  },
)
