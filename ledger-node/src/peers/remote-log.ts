import type { TileSource } from '../tree/tile-reader.ts'
import { fullWidth, type TileId, tilePath } from '../tree/tiles.ts'
import { type Exchange, Unreachable } from './exchange.ts'

/** 256 entries of 16 KiB with their lengths: no bundle of ours is longer. */
const maxBundleBytes = fullWidth * (2 + 16 * 1024)
const maxTileBytes = fullWidth * 32

/** A log as a peer, or whoever has a copy of it, serves it under a path. */
export interface RemoteLog extends TileSource {
  /** Its newest checkpoint as it stands there, not looked into; null where there is none. */
  checkpoint(): Promise<Buffer | null>
}

/** What was asked for is not there: nobody has to hold a partial tile for ever, and a peer may be behind. */
export class MissingTile extends Error {
  constructor(path: string, status: number) {
    super(`${path} was answered with ${status}`)
    this.name = 'MissingTile'
  }
}

/**
 * @param prefix as `/0123456789abcdef/1` or `/mirror/<origin hash>`
 * @param signal ends what is under way
 */
export function remoteLog(exchange: Exchange, prefix: string, signal?: AbortSignal): RemoteLog {
  async function get(path: string, maxBytes: number): Promise<Buffer> {
    const response = await exchange.request(
      { method: 'GET', path: `${prefix}/${path}` },
      { maxBytes, signal },
    )
    if (response.status !== 200) throw new MissingTile(path, response.status)
    if (response.body.length > maxBytes) throw new Unreachable(`${path} is too long`)
    return Buffer.from(response.body)
  }
  return {
    tile: (id: TileId) => get(tilePath(id), id.level === 'entries' ? maxBundleBytes : maxTileBytes),
    async checkpoint() {
      try {
        return await get('checkpoint', 128 * 1024)
      } catch (error) {
        if (error instanceof MissingTile) return null
        throw error
      }
    },
  }
}

/** For what needs nobody. */
export const noSource: RemoteLog = {
  tile: () => Promise.reject(new Unreachable('nobody is asked')),
  checkpoint: async () => null,
}
