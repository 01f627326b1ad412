import t from 'tap'
import { crash, killsPerSeed } from './crash.ts'

// Seeds differ from run to run, so that CI goes on searching; a failing one is printed and replays by command.
const points = 20
const first = Math.floor(Date.now() / 1000)

t.setTimeout(300_000)

t.test(`killed at ${points} random moments the box loses and doubles nothing`, async (t) => {
  const seeds = Array.from({ length: points / killsPerSeed }, (_, number) => first + number)
  const worker = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
      await t.resolves(crash(seed), `npm run -s test:crash -- --seed ${seed}`)
  }
  await Promise.all([worker(), worker()])
})
