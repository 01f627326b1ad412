import type { Line, Step } from './victim-lines.ts'

/**
 * What the killed process acknowledged, and what it had begun: the one must hold, the other may or may not.
 * `null` stands for a path that was removed or never uploaded.
 */
export interface Account {
  read(line: Line): void
  /** What may stand under a path of the uploads. */
  allowed(path: string): Set<string | null>
  /** From what was found to be there: nothing is uncertain any more. */
  settle(path: string, text: string | null): void
  /** Answers that must be there, and those that may. */
  answers: { saved: Set<string>; begun: Set<string> }
}

export function createAccount(): Account {
  const sure = new Map<string, string | null>()
  /** By path, what was begun since the last acknowledgement, in order. */
  const begun = new Map<number, Step>()
  const answers = { saved: new Set<string>(), begun: new Set<string>() }

  return {
    answers,
    read(line) {
      if (line.type === 'ready') return
      const { what, step } = line
      if (what.kind === 'answer') {
        answers[line.type === 'done' ? 'saved' : 'begun'].add(what.id)
        return
      }
      if (line.type === 'begin') begun.set(step, what)
      else {
        begun.delete(step)
        sure.set(what.path, what.kind === 'upload' ? what.text : null)
      }
    },
    allowed(path) {
      const open = [...begun.values()].filter((what) => what.kind !== 'answer' && what.path === path)
      return new Set([
        sure.get(path) ?? null,
        ...open.map((what) => (what.kind === 'upload' ? what.text : null)),
      ])
    },
    settle(path, text) {
      sure.set(path, text)
      for (const [step, what] of begun) if (what.kind !== 'answer' && what.path === path) begun.delete(step)
    },
  }
}
