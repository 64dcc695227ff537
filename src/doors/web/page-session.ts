/** What the page and its server say to each other beside the door's own words. */

/** Where a token is exchanged for a session, and where the Agent is behind that. */
export const EXCHANGE_PATH = '/session'
export const DOOR_PATH = '/agent'

/** The server's only line to whoever has proved a token: what to prove from now on. Hex. */
export interface Session {
  name: string
  secret: string
}

export function isSession(said: unknown): said is Session {
  const { name, secret } = (said ?? {}) as Record<string, unknown>
  return isHex(name, 16) && isHex(secret, 64)
}

function isHex(said: unknown, length: number): boolean {
  return typeof said === 'string' && said.length === length && /^[0-9a-f]*$/.test(said)
}
