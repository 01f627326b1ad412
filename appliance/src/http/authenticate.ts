import type { FastifyReply, FastifyRequest } from 'fastify'
import '@fastify/cookie'
import type { Owner } from '../access/owner.ts'
import { sessionDays } from '../access/owner.ts'
import { type Principal, scopeOf } from '../access/scope.ts'
import { TanboxError } from '../errors.ts'
import type { Scope } from '../model.ts'

const cookieName = 'tanbox_session'

/** Who sent a request, and the Scope that follows from it. */
export interface Authenticate {
  /** Throws not-claimed or not-signed-in. */
  scope(request: FastifyRequest): Scope
  principal(request: FastifyRequest): Principal | null
  remember(reply: FastifyReply, token: string): void
  forget(request: FastifyRequest, reply: FastifyReply): void
}

export function createAuthenticate(owner: Owner): Authenticate {
  const principal = (request: FastifyRequest): Principal | null => {
    const bearer = /^Bearer ([\w-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1]
    if (bearer !== undefined) return owner.commandLine(bearer)
    const token = request.cookies[cookieName]
    return token === undefined ? null : owner.session(token)
  }

  return {
    principal,
    scope(request) {
      const who = principal(request)
      if (who === null) throw new TanboxError(owner.claimed ? 'not-signed-in' : 'not-claimed')
      return scopeOf(who)
    },
    remember(reply, token) {
      reply.setCookie(cookieName, token, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        maxAge: sessionDays * 86_400,
      })
    },
    forget(request, reply) {
      const token = request.cookies[cookieName]
      if (token !== undefined) owner.signOut(token)
      reply.clearCookie(cookieName, { path: '/' })
    },
  }
}
