import { startDiscovery } from '../../src/discovery/mdns.ts'
import { cosignerKeyType, logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import type { Card } from '../../src/peers/card.ts'

/** Boxes on one network that has nothing but loopback; prints whom each found. Run by mdns.test.ts. */

function start(number: number, port: number | null) {
  const box = `box.test/${String(number).repeat(16)}`
  const key = (name: string, type: number) =>
    verifierOf(makeSignerKey(`${box}/${name}`, type, Buffer.alloc(32, number * 10 + type)))
  const card: Card = {
    name: `box ${number}`,
    log: key('1', logKeyType),
    cosigner: key('witness-1', cosignerKeyType),
    admin: null,
    urls: [],
  }
  return startDiscovery({
    card: () => card,
    box: String(number).repeat(16),
    port,
    notice: (sentence) => console.error(sentence),
    options: { interface: '127.0.0.1', bind: '0.0.0.0' },
  })
}

const boxes = [start(1, 8001), start(2, 8002), start(3, null)]
const latest = Date.now() + 10_000
while (boxes.some((box) => box.found().length < 2) && Date.now() < latest)
  await new Promise((resolve) => setTimeout(resolve, 50))
const shown = (box: ReturnType<typeof start>) =>
  box
    .found()
    .map(({ name, urls }) => ({ name, urls }))
    .sort((one, other) => one.name.localeCompare(other.name))
console.log(JSON.stringify(boxes.map(shown)))
for (const box of boxes) box.close()
