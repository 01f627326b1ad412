import { readFile } from 'node:fs/promises'

const built = new URL('../../receipt-page/dist/verify-receipt.html', import.meta.url)

/**
 * The page that verifies one receipt in a browser, in one file that asks nobody for anything. It is built with the
 * console at the first start, and by `npm run build:receipt`.
 * @throws Error with one sentence when it was not built
 */
export async function receiptPage(): Promise<Buffer> {
  try {
    return await readFile(built)
  } catch (cause) {
    throw new Error('The page for receipts has not been built: npm run build:receipt builds it.', { cause })
  }
}
