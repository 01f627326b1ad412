import type { Disk, DiskFile } from '../../src/disk/disk.ts'
import { LockHeld } from '../../src/store/lock.ts'
import type { FileNode } from './disk-nodes.ts'
import { FileTree, failure } from './disk-tree.ts'
import type { SeededRandom } from './random.ts'
import type { Life, Scheduler } from './scheduler.ts'

interface Running {
  life: Life
  /** What the operation does to the disk; null for those that only look. */
  effect: (() => void) | null
}

/**
 * The disk of one simulated machine. `boot` gives the process its driver; a crash ends the life that driver was
 * made for, and with it every answer it still waits for. Operations take virtual time and those that run at
 * once end in any order, as on a machine.
 */
export class SimDisk {
  /** Bytes that may still be added before the disk is full. */
  spare = Number.POSITIVE_INFINITY
  /** So many syncs of files fail from now on. */
  failingSyncs = 0
  /** Called in place of the change that the countdown ends at. */
  onCountdown: () => void = () => {}
  /** Changes (writes, syncs, names) that still go through before that; null: no countdown. */
  countdown: number | null = null
  /** Changes that were begun, over all lives. */
  changes = 0

  readonly tree = new FileTree()
  private readonly scheduler: Scheduler
  private readonly name: string
  private readonly random: SeededRandom
  private readonly running = new Set<Running>()
  private readonly locks = new Map<string, Life>()

  constructor(scheduler: Scheduler, name: string, random: SeededRandom) {
    this.scheduler = scheduler
    this.name = name
    this.random = random
  }

  boot(life: Life): Disk {
    const run = <T>(what: string, latency: Latency, effect: () => T) =>
      this.operate(life, what, latency, effect)
    return {
      open: async (path) => {
        const file = await run(`open ${path}`, quick, () => this.tree.fileAt(path) ?? this.makeFile(path))
        return this.driveFile(life, path, file)
      },
      read: (path, limit) => run(`read ${path}`, look, () => this.readWhole(path, limit)),
      rename: (from, to) => run(`rename ${from} ${to}`, quick, () => this.tree.rename(from, to)),
      remove: (path) => run(`remove ${path}`, quick, () => this.tree.remove(path)),
      list: (path) =>
        run(`list ${path}`, look, () => [...(this.tree.folderAt(path)?.seen.keys() ?? [])].sort()),
      makeFolder: (path) => run(`folder ${path}`, quick, () => this.tree.makeFolders(path)),
      syncFolder: (path) => {
        const folder = this.tree.folderAt(path)
        const covered = folder?.last ?? 0
        return run(`sync ${path}/`, slow, () => {
          if (!folder) throw failure('ENOENT', path)
          folder.settle(covered)
        })
      },
      lock: (path) => this.lock(life, path),
    }
  }

  /** The process of `life` is gone: what it had begun is done or not, what it had done stays to be seen. */
  kill(life: Life): void {
    life.over = true
    for (const operation of this.running) {
      if (operation.life !== life) continue
      this.running.delete(operation)
      try {
        if (this.random.chance(0.5)) operation.effect?.()
      } catch {
        // It failed, and nobody is there to be told.
      }
    }
    for (const [path, holder] of this.locks) if (holder === life) this.locks.delete(path)
  }

  /** The machine is without power: of what was not synced, anything may be left. */
  powerCut(life: Life): void {
    this.kill(life)
    // Disks that lose all, keep all and keep some are all to be met with.
    const keep = this.random.pick([0, 0.5, 0.9, 1, this.random.fraction()])
    this.tree.powerCut(this.random, keep)
  }

  private operate<T>(life: Life, what: string, latency: Latency, effect: () => T): Promise<T> {
    if (life.over) return new Promise(() => {})
    if (latency.changes) {
      this.changes++
      if (this.countdown !== null && --this.countdown < 0) {
        this.countdown = null
        this.onCountdown()
        // Now, or while it goes on, or when it is done and nobody has been told: as the crash was planned.
        if (life.over) return new Promise(() => {})
      }
    }
    return new Promise((resolve, reject) => {
      const operation: Running = { life, effect: latency.changes ? effect : null }
      this.running.add(operation)
      const delay = this.random.between(latency.least, latency.most)
      this.scheduler.plan(
        delay,
        `${this.name} ${what}`,
        () => {
          this.running.delete(operation)
          try {
            resolve(effect())
          } catch (cause) {
            reject(cause)
          }
        },
        life,
      )
    })
  }

  private driveFile(life: Life, path: string, file: FileNode): DiskFile {
    let open = true
    const run = <T>(what: string, latency: Latency, effect: () => T) =>
      this.operate(life, `${what} ${path}`, latency, () => {
        if (!open) throw failure('EBADF', path)
        return effect()
      })
    return {
      size: () => run('size', look, () => file.size),
      read: (into, position) => run('read', look, () => file.seen.read(into, position)),
      // The bytes are those at the end of the operation: whoever changes them meanwhile is found out.
      write: (bytes, position) => run('write', quick, () => this.write(path, file, bytes, position)),
      truncate: (size) => run('truncate', quick, () => file.truncate(size)),
      sync: () => {
        const covered = file.last
        return run('sync', slow, () => {
          if (this.failingSyncs === 0) return file.settle(covered)
          this.failingSyncs--
          file.abandon(covered)
          throw failure('EIO', path)
        })
      },
      close: () => {
        const done = run('close', look, () => {})
        return done.then(() => {
          open = false
        })
      },
    }
  }

  private write(path: string, file: FileNode, bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - file.size)
    const fits = growth <= this.spare ? bytes.length : Math.max(0, bytes.length - (growth - this.spare))
    this.spare -= Math.min(growth, this.spare)
    if (fits > 0) file.write(Buffer.from(bytes.subarray(0, fits)), position)
    if (fits < bytes.length) throw failure('ENOSPC', path)
  }

  private makeFile(path: string): FileNode {
    if (this.spare === 0) throw failure('ENOSPC', path)
    return this.tree.makeFile(path)
  }

  private readWhole(path: string, limit: number): Buffer | null {
    const file = this.tree.fileAt(path)
    if (file && file.size > limit) throw new Error(`${path} is larger than ${limit} bytes`)
    return file?.seen.copy() ?? null
  }

  private lock(life: Life, path: string): Disposable {
    const holder = this.locks.get(path)
    if (holder || life.over) throw new LockHeld(path)
    this.locks.set(path, life)
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (held && this.locks.get(path) === life) this.locks.delete(path)
        held = false
      },
    }
  }
}

interface Latency {
  /** Microseconds. */
  least: number
  most: number
  changes: boolean
}

const look: Latency = { least: 5, most: 30, changes: false }
const quick: Latency = { least: 10, most: 200, changes: true }
const slow: Latency = { least: 300, most: 4000, changes: true }
