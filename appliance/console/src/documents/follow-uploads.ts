import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { DocumentRow } from '../../../src/model.ts'
import { CallFailure, call } from '../api/request.ts'
import { isOver, noteDocument, noteGone, type Upload } from './upload-queue.ts'

/** How many documents one round asks about: the oldest ones, which the box reads first. */
const perRound = 8
const everyMs = 1000

/** Asks the box what has become of the files it has acknowledged, until each is ready or failed. */
export function useFollowUploads(uploads: readonly Upload[]): void {
  const client = useQueryClient()
  const open = uploads.filter((upload) => upload.id !== null && !isOver(upload))
  const ids = open.slice(0, perRound).map(({ id }) => id!)
  const wanted = ids.join(' ')
  useEffect(() => {
    if (wanted === '') return
    const round = async () => {
      await Promise.all(
        wanted.split(' ').map(async (id) => {
          try {
            noteDocument(await call<DocumentRow>('GET', `/api/documents/${encodeURIComponent(id)}`))
          } catch (error) {
            // Removed meanwhile: the next round would find the same. Anything else is asked again.
            if (error instanceof CallFailure && error.status === 404) noteGone(id)
          }
        }),
      )
      void client.invalidateQueries({ queryKey: ['documents'] })
    }
    const timer = setInterval(() => void round(), everyMs)
    return () => clearInterval(timer)
  }, [wanted, client])
}
