/** Certificate and key of the gateway: given as PEM, or as files that are read again when they change. */
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

export interface TlsSettings {
  /** PEM, or the path of a file with it. */
  cert: string
  key: string
}

/** Throws when a file cannot be read or is no certificate with its key. */
export function readTls({ cert, key }: TlsSettings): SecureContextOptions {
  const options = { cert: pemOf(cert), key: pemOf(key), minVersion: 'TLSv1.2' as const }
  createSecureContext(options)
  return options
}

/**
 * Calls `renewed` with what the files hold when one has changed and both fit together; `failed` when they do not (they
 * are often written one after the other: the second change mends it). Returns the function that ends it.
 */
export function watchTls(
  settings: TlsSettings,
  everyMs: number,
  renewed: (options: SecureContextOptions) => void,
  failed: () => void,
): () => void {
  const paths = [settings.cert, settings.key].filter((value) => !isPem(value))
  const look = () => {
    try {
      renewed(readTls(settings))
    } catch {
      failed()
    }
  }
  // Asked for the state, not told of events: certificates are replaced by renaming, and through symbolic links.
  let seen = stateOf(paths)
  const timer = setInterval(() => {
    const state = stateOf(paths)
    if (state === seen) return
    seen = state
    look()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

function stateOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const state = statSync(path, { bigint: true, throwIfNoEntry: false })
      return state ? `${state.dev} ${state.ino} ${state.size} ${state.mtimeNs}` : ''
    })
    .join('\n')
}

const isPem = (value: string) => value.includes('-----BEGIN')
const pemOf = (value: string) => (isPem(value) ? value : readFileSync(value, 'utf8'))
