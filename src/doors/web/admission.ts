/**
 * Who may come in to the page's door: whoever proves a token, once, and from then on the session that it was
 * exchanged for. All of it lives in memory and ends with the server.
 */
import { SECRET_BYTES } from '../rpc/proof-bytes.ts'
import type { Session } from './page-session.ts'

/** Sessions at once, tabs that is. Beyond it the one that was used longest ago has to open a new link. A guess. */
const SESSIONS_LIMIT = 16
/** Enough that none is named twice. */
const NAME_BYTES = 8

export interface Admission {
  /** A fresh token, in hex; the one before it is worth nothing any more. */
  newToken(): string
  /** What proves the token; nothing once it is spent. */
  readonly token: Uint8Array | undefined
  /** `proved` was proved: it is spent, and this is the session for it. Undefined where somebody was faster. */
  exchange(proved: Uint8Array): Session | undefined
  /** The secret of the session of this name; nothing where there is none. */
  secretOf(name: string | undefined): Uint8Array | undefined
}

export function admission(random: (bytes: number) => Buffer): Admission {
  let token: Buffer | undefined
  /** Used longest ago first. */
  const sessions = new Map<string, Buffer>()

  const put = (name: string, secret: Buffer): void => {
    sessions.delete(name)
    sessions.set(name, secret)
  }

  return {
    newToken() {
      token = random(SECRET_BYTES)
      return token.toString('hex')
    },
    get token() {
      return token
    },
    exchange(proved) {
      if (token === undefined || token !== proved) return undefined
      token = undefined
      const name = random(NAME_BYTES).toString('hex')
      const secret = random(SECRET_BYTES)
      put(name, secret)
      for (const oldest of sessions.keys()) {
        if (sessions.size <= SESSIONS_LIMIT) break
        sessions.delete(oldest)
      }
      return { name, secret: secret.toString('hex') }
    },
    secretOf(name) {
      const secret = name === undefined ? undefined : sessions.get(name)
      if (name !== undefined && secret !== undefined) put(name, secret)
      return secret
    },
  }
}
