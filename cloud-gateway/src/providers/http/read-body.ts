/** A response that is read as a whole. */
import { isUtf8 } from 'node:buffer'
import { askError } from '../../errors.ts'
import { brokenOff, type ModelResponse } from './request.ts'

/**
 * The body, cut at `most` bytes, whatever it holds. Rejects with the signal's reason, or with AskError
 * `incomplete` where the connection broke.
 */
export function readBody(
  response: ModelResponse,
  most: number,
  signal: AbortSignal,
): Promise<{ bytes: Buffer; cut: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const done = () => {
      if (size > most) response.destroy()
      else response.leave()
      if (signal.aborted) reject(signal.reason)
      else resolve({ bytes: Buffer.concat(chunks).subarray(0, most), cut: size > most })
    }
    response.read({
      data(bytes) {
        chunks.push(bytes)
        size += bytes.length
        if (size > most) done()
      },
      end: done,
      broken: (cause) => reject(signal.aborted ? signal.reason : brokenOff(cause)),
    })
  })
}

/** The body as a JSON object. Throws AskError `model-bad-response` where it is none or longer than `most` bytes. */
export async function readJson(
  response: ModelResponse,
  most: number,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { bytes, cut } = await readBody(response, most, signal)
  if (cut) throw askError('model-bad-response', 'too much of it')
  if (!isUtf8(bytes)) throw askError('model-bad-response', 'invalid UTF-8')
  return parseObject(bytes.toString(), 'no JSON object')
}

/** Throws AskError `model-bad-response` with `otherwise` as its detail. */
export function parseObject(text: string, otherwise: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Reported below, like everything else that is no object.
  }
  throw askError('model-bad-response', otherwise)
}
