import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { EgressReceipt } from '../../../src/model.ts'
import { CopyButton } from '../controls/copy-button.tsx'
import { Notice } from '../controls/notice.tsx'
import { ScrollRegion } from '../controls/scroll-region.tsx'
import { countText, timeText } from '../format/figures.ts'
import { useLanguage } from '../i18n/use-language.ts'

/**
 * Exactly what left the box, and the proof: the hash is computed again here from these bytes. In plain JavaScript,
 * because on plain http a browser has no `crypto.subtle`.
 */
export function SentBytes({ receipt }: { receipt: EgressReceipt }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const recomputed = useMemo(() => bytesToHex(sha256(utf8ToBytes(receipt.payload))), [receipt.payload])
  if (receipt.sha256 === null) return <Notice tone="info">{t('trace.nothingSent')}</Notice>
  const agrees = recomputed === receipt.sha256
  return (
    <div className="space-y-2 text-14">
      <p className="text-muted">
        {t('trace.sentAt', {
          bytes: countText(receipt.bytes, language),
          time: timeText(receipt.sentAt, language),
        })}
      </p>
      {receipt.redactions.map(({ kind, count }) => (
        <p key={kind}>{t('trace.redacted', { kind, count })}</p>
      ))}
      <Notice tone={agrees ? 'good' : 'error'}>
        <p className="font-medium">{agrees ? t('trace.hashAgrees') : t('trace.hashDiffers')}</p>
        <p className="font-mono text-12 break-all" data-hash={agrees ? 'agrees' : 'differs'}>
          SHA-256 {receipt.sha256}
        </p>
        {!agrees && (
          <p className="font-mono text-12 break-all">{t('trace.hashHere', { hash: recomputed })}</p>
        )}
      </Notice>
      <details>
        <summary className="flex min-h-9 items-center text-link">{t('trace.showPayload')}</summary>
        <ScrollRegion
          label={t('trace.payload')}
          className="mt-1 max-h-96 overflow-auto rounded bg-sunken p-3"
        >
          <pre className="font-mono text-12 whitespace-pre-wrap" data-payload="">
            {receipt.payload}
          </pre>
        </ScrollRegion>
        <CopyButton text={receipt.payload} label={t('trace.copyPayload')} />
      </details>
    </div>
  )
}
