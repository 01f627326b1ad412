import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/**
 * An agent for one Ed25519 key, as litewitness asks for (draft-ietf-sshm-ssh-agent): it lists the key and signs, and
 * fails whatever else it is asked.
 */
export interface SshAgent extends AsyncDisposable {
  /** As `SHA256:...`, by which litewitness picks its key. */
  fingerprint: string
}

const failure = Uint8Array.of(5)
const listKeys = 11
const keysAnswer = Uint8Array.of(12)
const signRequest = 13
const signAnswer = Uint8Array.of(14)

/** @param path of the socket; @param seed 32 bytes */
export async function serveSshAgent(path: string, seed: Buffer): Promise<SshAgent> {
  const key = privateKeyOf(seed)
  const x = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url')
  const blob = Buffer.concat([string('ssh-ed25519'), string(x)])
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    let held = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes])
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
        const end = 4 + held.readUInt32BE(0)
        socket.write(string(answer(held.subarray(4, end), blob, key)))
        held = held.subarray(end)
      }
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    fingerprint: `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

function answer(message: Buffer, blob: Buffer, key: KeyObject): Buffer {
  if (message[0] === listKeys) {
    return Buffer.concat([keysAnswer, Uint8Array.of(0, 0, 0, 1), string(blob), string('')])
  }
  if (message[0] !== signRequest) return Buffer.from(failure)
  const [asked, rest] = cut(message.subarray(1))
  const [data] = cut(rest)
  if (!asked.equals(blob)) return Buffer.from(failure)
  const signature = Buffer.concat([string('ssh-ed25519'), string(sign(null, data, key))])
  return Buffer.concat([signAnswer, string(signature)])
}

/** Its length as a big-endian 32-bit number, then the bytes (RFC 4251, section 5). */
function string(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

function cut(bytes: Buffer): [Buffer, Buffer] {
  const end = 4 + bytes.readUInt32BE(0)
  return [bytes.subarray(4, end), bytes.subarray(end)]
}

/** PKCS #8 of an Ed25519 key (RFC 8410) is this before its seed. */
function privateKeyOf(seed: Buffer): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}
