/** One line of the protocol between the process that is killed and the one that kills. */
export type Line = { type: 'ready' } | { type: 'begin' | 'done'; step: number; what: Step }

export type Step =
  | { kind: 'upload'; path: string; text: string }
  | { kind: 'remove'; path: string }
  | { kind: 'answer'; id: string }

/** Paths of the uploads, and names in the drop folder. */
export const uploads = ['u1.txt', 'u2.txt', 'sub/u3.md', 'u4.txt']
export const files = ['d1.txt', 'd2.md', 'd3.txt', 'd4.txt', 'd5.txt']
