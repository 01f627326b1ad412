/** Who waits for the change of a key, for how long, and what they are told. */
import { RotationError } from './key-ring.ts'

export interface RotationWait {
  /** Resolves with the id of the new key. Rejects with RotationError. */
  wait(ms: number): Promise<string>
  done(key: string): void
  failed(error: Error): void
}

export function createRotationWait(): RotationWait {
  const waiting = new Set<{ resolve(key: string): void; reject(error: Error): void }>()
  const settle = (tell: (each: { resolve(key: string): void; reject(error: Error): void }) => void) => {
    for (const each of [...waiting]) tell(each)
    waiting.clear()
  }
  return {
    wait: (ms) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => each.reject(late()), ms)
        const over = () => {
          clearTimeout(timer)
          waiting.delete(each)
        }
        const each = {
          resolve: (key: string) => {
            over()
            resolve(key)
          },
          reject: (error: Error) => {
            over()
            reject(error)
          },
        }
        waiting.add(each)
      }),
    done: (key) => settle((each) => each.resolve(key)),
    failed: (error) => settle((each) => each.reject(error)),
  }
}

const late = () => new RotationError('unconfirmed', 'the gateway has not confirmed the new key yet')
