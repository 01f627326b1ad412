import { readFolder } from './folder-source.ts'
import { readUrl } from './http-source.ts'

/** The files of a log in the static layout of C2SP tlog-tiles: an exported folder, or anybody's web server. */
export interface LogSource {
  /**
   * All bytes of a file, which nobody changes afterwards; null where there is none.
   * @param path below the log's prefix, as `tile/0/x001/067`
   * @param limit bytes at most
   * @throws SourceError for more than that, and when there is no answer
   */
  get(path: string, limit: number): Promise<Buffer | null>
  /** How many files may well be asked for at a time. */
  readonly parallel: number
}

/** A file of a log could not be had. */
export class SourceError extends Error {
  readonly path: string

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SourceError'
    this.path = path
  }
}

export interface SourceSettings {
  /** For one file over HTTP, from the request to its last byte. */
  timeoutMs?: number
  signal?: AbortSignal
}

/**
 * @param location a folder, or an http: or https: URL
 * @throws SourceError for a URL that can be no prefix of a log
 */
export function openSource(location: string, settings: SourceSettings = {}): LogSource {
  return /^https?:/i.test(location) ? readUrl(location, settings) : readFolder(location)
}
