/** What the system means by its codes, for whoever has to do something about it. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk may only be read',
  EACCES: 'the node may not write there',
  EPERM: 'the node may not write there',
  EIO: 'the disk does not work',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

/** Why a disk did not do what was asked, from the error or what caused it; null when it was not the disk. */
export function diskTrouble(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const reason = reasons[(at as NodeJS.ErrnoException).code ?? '']
    if (reason !== undefined) return reason
  }
  return null
}
