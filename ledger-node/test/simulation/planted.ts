import type { Patch } from './loading.ts'

/** A mistake that the simulation has to find. */
export interface PlantedBug {
  name: string
  patches: readonly Patch[]
  /** The first seed that finds it. */
  seed: number
}

/** One change of one file. */
function bug(name: string, seed: number, file: string, find: string, replace: string): PlantedBug {
  return { name, seed, patches: [{ file, find, replace }] }
}

export const plantedBugs: readonly PlantedBug[] = [
  bug(
    'acknowledged-before-sync',
    16,
    'log/writer.ts',
    'await tree.sync()\n    } catch (cause) {\n      // After a failed sync',
    'void tree.sync().catch(() => {})\n    } catch (cause) {\n      // After a failed sync',
  ),
  bug(
    'goes-on-after-a-failed-sync',
    35,
    'log/writer.ts',
    "this.#failed = new LogFailed('the disk did not take the entries; start the node again', true, { cause })\n      throw this.#failed",
    'throw cause',
  ),
  bug(
    'commitments-forgotten-at-start',
    2,
    'log/open-own-log.ts',
    'commitments.add(commitment, seq)',
    'void commitment',
  ),
  bug(
    'checkpoint-over-what-is-not-synced',
    115,
    'log/open-own-log.ts',
    'const durable = () => writer.durable.frontier',
    'const durable = () => tree.frontier',
  ),
  bug('file-renamed-before-its-sync', 1, 'disk/durable.ts', '    await file.sync()\n', ''),
  bug(
    'name-not-synced',
    1,
    'disk/durable.ts',
    'await disk.rename(temporary, path)\n  await disk.syncFolder(dirname(path))',
    'await disk.rename(temporary, path)',
  ),
  bug(
    'check-and-remember-apart',
    82,
    'witness/witness.ts',
    'turns.take(id, () => decide(request, opened, id))',
    'decide(request, opened, id)',
  ),
  bug(
    'cosigned-before-remembered',
    1,
    'witness/memory.ts',
    'await replaceDurably(this.#disk, join(this.#folder, id), witnessed.note)',
    'void replaceDurably(this.#disk, join(this.#folder, id), witnessed.note).catch(() => {})',
  ),
  bug(
    'cosigned-without-proof',
    11,
    'witness/witness.ts',
    'if (error instanceof ProofError) return error.message',
    'if (error instanceof ProofError) return null',
  ),
  {
    name: 'witness-rolled-back',
    seed: 64,
    patches: [
      {
        file: 'rooms.ts',
        find: "makeFolderDurably(disk, join(local, 'witness'))",
        replace: "makeFolderDurably(disk, join(data, 'witness'))",
      },
      { file: 'rooms.ts', find: "folder: join(local, 'witness')", replace: "folder: join(data, 'witness')" },
      { file: 'log/open-box-logs.ts', find: 'await retireCosigner(disk, local)', replace: '' },
    ],
  },
  bug(
    'proof-from-a-power-of-two',
    1,
    'tree/prove.ts',
    'if (low > 0) ranges.push([low, high])',
    'ranges.push([low, high])',
  ),
  bug(
    'fork-of-a-power-of-two',
    11,
    'forks/fork-proof.ts',
    "return { kind: 'no-prefix', first: smaller, second: larger, hashes }",
    `const m = parseCheckpoint(parseNote(smaller).text).size
  return { kind: 'no-prefix', first: smaller, second: larger, hashes: (m & (m - 1n)) === 0n ? hashes.slice(1) : hashes }`,
  ),
  {
    name: 'frozen-by-a-claim',
    seed: 5,
    patches: [
      {
        file: 'forks/desk.ts',
        find: '      verifyForkProof(proof, key)\n      await',
        replace: '      await',
      },
      {
        file: 'forks/desk.ts',
        find: 'const { origin, first, second } = verifyForkProof(proof, key)',
        replace: 'const [origin, first, second] = [key.name, { size: 0n }, { size: 0n }]',
      },
    ],
  },
  {
    name: 'fork-kept-to-itself',
    seed: 4,
    patches: [
      { file: 'rooms.ts', find: 'gossip.tell({ forks: [fork.id] })', replace: '' },
      { file: 'rooms.ts', find: 'forks: files.all.map(({ id }) => id)', replace: 'forks: []' },
    ],
  },
  bug(
    'restore-not-noticed',
    6,
    'log/open-box-logs.ts',
    'const restored = restoreReason(',
    'const restored = null && restoreReason(',
  ),
  bug(
    'held-log-publishes',
    3,
    'log/open-own-log.ts',
    'const maySign = () => gate.maySign',
    'const maySign = () => true',
  ),
  bug('held-box-cosigns', 1, 'rooms.ts', "      if (standing.state === 'held')", '      if (false)'),
  bug(
    'released-by-the-first-answer',
    6,
    'peers/recovery.ts',
    'if (policy.satisfiedBy(silent))',
    'if (false)',
  ),
  bug(
    'copy-not-compared-with-the-root',
    4,
    'peers/mirror.ts',
    'if (frontier.size !== size || !frontier.root().equals(root)) return false',
    'if (frontier.size !== size) return false',
  ),
  bug(
    'cosignature-not-verified',
    1,
    'peers/rounds.ts',
    'if (verified && verified.timestamp > 0n) return signature.line',
    'return signature.line',
  ),
  bug(
    'quorum-one-too-small',
    1,
    'note/quorum.ts',
    'Math.floor((n + faulty) / 2) + 1, faulty',
    'Math.floor((n + faulty) / 2), faulty',
  ),
]
