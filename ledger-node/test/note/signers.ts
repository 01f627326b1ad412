import { cosignerKeyType, logKeyType, makeSignerKey, type SignerKey } from '../../src/note/key.ts'

/** Signers that are the same in every run. */
export function logSigner(name = 'box.example/a/1', seed = 1): SignerKey {
  return makeSignerKey(name, logKeyType, Buffer.alloc(32, seed))
}

export function witnessSigner(name: string, seed: number): SignerKey {
  const bytes = Buffer.alloc(32, 0xaa)
  bytes.writeUInt32BE(seed)
  return makeSignerKey(name, cosignerKeyType, bytes)
}
