import type { FastifyInstance } from 'fastify'
import type { GatewayStatus } from '../model.ts'
import type { Authenticate } from './authenticate.ts'

/** How the box and its cloud gateway stand, and the change of the key that it is known by there. */
export function gatewayRoutes(
  server: FastifyInstance,
  house: {
    gateway: { status(): GatewayStatus; rotateKey(): Promise<string> }
    authenticate: Authenticate
  },
): void {
  const { gateway, authenticate } = house

  server.get('/api/gateway', async (request) => {
    authenticate.scope(request)
    return gateway.status()
  })

  server.post('/api/gateway/rotate', async (request) => {
    authenticate.scope(request)
    return { key: await gateway.rotateKey() }
  })
}
