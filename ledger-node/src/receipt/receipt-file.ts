/** What is needed to verify one receipt, in one JSON file. */
export interface ReceiptFile {
  /** The tlog-proof. */
  proof: string
  /** The bytes of the entry, which are ASCII. */
  entry: string
  /** 32 bytes in lower-case hex. */
  salt?: string
  /** The canonical JSON of the content. */
  content?: string
  /**
   * The log's verifier key and a policy, as the box says them: to show, and to compare with those that are known from
   * elsewhere. Whoever forges a receipt writes a key of their own here.
   */
  log?: string
  policy?: string
}

export const receiptFormat = 'tanbox-receipt@1'
/** Bytes of such a file at most. */
export const maxReceiptBytes = 4 * 1024 * 1024

/** Bytes that are no receipt file. */
export class ReceiptError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ReceiptError'
  }
}

const required = ['proof', 'entry'] as const
const optional = ['salt', 'content', 'log', 'policy'] as const
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a receipt file; what its members say is not looked at.
 * @throws ReceiptError
 */
export function parseReceipt(input: Uint8Array | string): ReceiptFile {
  if (input.length > maxReceiptBytes) throw new ReceiptError(`more than ${maxReceiptBytes} bytes`)
  const value = parseJson(input)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ReceiptError('not a JSON object')
  const members = new Map<string, unknown>(Object.entries(value))
  if (members.get('format') !== receiptFormat) throw new ReceiptError(`its format is not ${receiptFormat}`)
  members.delete('format')
  const file: Partial<ReceiptFile> = {}
  for (const name of [...required, ...optional]) {
    const text = members.get(name)
    members.delete(name)
    if (text === undefined) continue
    if (typeof text !== 'string') throw new ReceiptError(`its ${name} is not a text`)
    file[name] = text
  }
  const [unknown] = members.keys()
  if (unknown !== undefined) throw new ReceiptError('a member that this version does not know')
  const { proof, entry } = file
  if (proof === undefined || entry === undefined) throw new ReceiptError('proof or entry is missing')
  return { ...file, proof, entry }
}

/** The file of a receipt. Members that are undefined are left out. */
export function formatReceipt(receipt: ReceiptFile): string {
  return `${JSON.stringify({ format: receiptFormat, ...receipt }, null, 2)}\n`
}

function parseJson(input: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof input === 'string' ? input : utf8.decode(input))
  } catch (cause) {
    throw new ReceiptError('the bytes are not JSON in UTF-8', { cause })
  }
}
