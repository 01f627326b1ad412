import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * What keeps the certificate and the key of the settings from being used, a sentence each. For the gateway itself: who
 * only reads its settings may not read its key.
 */
export function tlsMistakes({ tlsCert, tlsKey }: { tlsCert: string; tlsKey: string }): string[] {
  if (tlsCert === '') return []
  const wrong: string[] = []
  const cert = attempt('TANBOX_GATEWAY_TLS_CERT', tlsCert, 'is no certificate in PEM', wrong, (pem) => {
    return new X509Certificate(pem)
  })
  const key = attempt(
    'TANBOX_GATEWAY_TLS_KEY',
    tlsKey,
    'is no private key in PEM without a passphrase',
    wrong,
    (pem) => createPrivateKey(pem),
  )
  if (cert && key && !cert.checkPrivateKey(key))
    wrong.push('TANBOX_GATEWAY_TLS_KEY is not the key of TANBOX_GATEWAY_TLS_CERT (its first certificate)')
  return wrong
}

function attempt<T>(
  setting: string,
  value: string,
  otherwise: string,
  wrong: string[],
  read: (pem: string) => T,
): T | null {
  const given = value.includes('-----BEGIN')
  const shown = given ? setting : `${setting}=${value}`
  try {
    return read(given ? value : readFileSync(value, 'utf8'))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    wrong.push(syscall === undefined ? `${shown} ${otherwise}` : `${shown} cannot be read (${code})`)
    return null
  }
}
