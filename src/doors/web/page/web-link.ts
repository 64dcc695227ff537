/**
 * The page's way to its Agent behind `nigh web`. The token of the address is spent once, for a session that outlives a
 * lost link and a reload; both sides prove what they know, so whoever takes the port over later is told nothing
 * (fault C3).
 */
import type { NighError } from '../../../errors.ts'
import { connectWebSocket } from '../../rpc/connect-websocket.ts'
import { LINE_BEFORE_PROOF, proveToServer } from '../../rpc/handshake.ts'
import { pageProverOf } from '../../rpc/page-proof.ts'
import { bytesOfHex, SECRET_BYTES } from '../../rpc/proof-bytes.ts'
import { webSocketWire } from '../../rpc/websocket-wire.ts'
import { DOOR_PATH, EXCHANGE_PATH, isSession, type Session } from '../page-session.ts'
import type { Connect } from './desk.ts'

/** In the tab's own storage: a reload goes on, another tab does not. It opens nothing once its server has ended. */
const SESSION = 'nigh session'

export function webLink(): Connect {
  let token = takeToken()
  let session = token === undefined ? keptSession() : undefined

  return async () => {
    if (token !== undefined) {
      const exchanged = await exchange(token)
      // Nobody was there: the token is still good.
      if (exchanged === 'away') return 'away'
      token = undefined
      session = exchanged
      if (session !== undefined) keepSession(session)
    }
    const secret = bytesOfHex(session?.secret, SECRET_BYTES)
    if (session === undefined || secret === undefined) return 'used'
    try {
      const agent = await connectWebSocket(addressOf(DOOR_PATH), { secret, session: session.name })
      return { agent, onEnd: (listener) => void agent.onEnd(listener) }
    } catch (cause) {
      // It answers at our server's port and cannot prove to be it. It was told a random number.
      return (cause as NighError).code === 'refused' ? 'strange' : 'away'
    }
  }
}

/** The session for a token; undefined where it was spent before. */
async function exchange(token: string): Promise<Session | 'away' | undefined> {
  const secret = bytesOfHex(token, SECRET_BYTES)
  if (secret === undefined) return undefined
  const socket = new WebSocket(addressOf(EXCHANGE_PATH))
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true))
    socket.addEventListener('error', () => resolve(false))
  })
  if (!opened) return 'away'
  const wire = webSocketWire(socket, LINE_BEFORE_PROOF)
  if (!(await proveToServer(wire, pageProverOf(Uint8Array.from(secret))))) return undefined
  try {
    const said: unknown = JSON.parse(await wire.next())
    return isSession(said) ? said : undefined
  } catch {
    return undefined
  } finally {
    wire.end()
  }
}

function addressOf(path: string): string {
  return `ws://${location.host}${path}`
}

/** Takes the token out of the address, so that it is in no history and no bookmark. */
function takeToken(): string | undefined {
  const [, token] = /^#token=([0-9a-f]+)$/.exec(location.hash) ?? []
  if (token !== undefined) history.replaceState(null, '', `${location.pathname}#/`)
  return token
}

function keptSession(): Session | undefined {
  try {
    const said: unknown = JSON.parse(sessionStorage.getItem(SESSION) ?? 'null')
    return isSession(said) ? said : undefined
  } catch {
    return undefined
  }
}

function keepSession(session: Session): void {
  try {
    sessionStorage.setItem(SESSION, JSON.stringify(session))
  } catch {
    // where nothing may be kept, a reload needs a new link
  }
}
