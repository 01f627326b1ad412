/**
 * Takes the machine's time, chance and network from whatever runs in this process from now on: a run follows
 * from its seed alone, and whoever asks past the ports is told so instead of making it differ next time.
 * Called once, in processes that do nothing but simulate; the scheduler has kept what it needs.
 */
export function sealProcess(): void {
  const refuse = (name: string) => () => {
    throw new Error(`${name} was asked for inside the simulation; use the node's ports`)
  }
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'fetch'] as const) {
    Object.defineProperty(globalThis, name, { value: refuse(name) })
  }
  Object.defineProperty(Math, 'random', { value: refuse('Math.random') })
  Object.defineProperty(AbortSignal, 'timeout', { value: refuse('AbortSignal.timeout') })
  Object.defineProperty(performance, 'now', { value: refuse('performance.now') })
  const now = refuse('Date.now')
  const sealed = new Proxy(Date, {
    construct: (target, given, asked) =>
      given.length === 0 ? now() : Reflect.construct(target, given, asked),
    apply: now,
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  Object.defineProperty(globalThis, 'Date', { value: sealed })
}
