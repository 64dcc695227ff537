/** Whose windows may speak with the peer: told exactly, or a window would wait for ever and nobody would say why. */
import type { WebFrameMain } from 'electron'
import { NighError } from '../../errors.ts'

/** Origins that were turned away are told once each, and so many at most. */
const TOLD_LIMIT = 32

/** As `WebFrameMain.origin` has it: a scheme and a host, nothing behind, in small letters. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s*A-Z]*$/

/** Throws `usage` where one of `origins` could be no page's. */
export function checkOrigins(origins: readonly string[]): void {
  if (!Array.isArray(origins) || origins.length === 0)
    throw new NighError('usage', "Say whose windows may speak with the peer: origins: ['app://my-app'].")
  for (const origin of origins)
    if (typeof origin !== 'string' || !ORIGIN.test(origin))
      throw new NighError(
        'usage',
        `${JSON.stringify(origin)} is the origin of no page. One is a scheme and a host, without a path or a slash behind, as in app://my-app or file://.`,
      )
}

/** The page of the window itself, and of an origin that was named. */
export function isWelcome(
  frame: Pick<WebFrameMain, 'parent' | 'origin'>,
  origins: readonly string[],
): boolean {
  return frame.parent === null && origins.includes(frame.origin)
}

/** Tells of whoever was turned away, each once: in a program that is being made it is a mistake, in another an attack. */
export function turningAway(
  tell: (message: string) => void,
): (frame: Pick<WebFrameMain, 'parent' | 'origin'> | null) => void {
  const told = new Set<string>()
  return (frame) => {
    if (frame === null) return // its page is gone already
    const { origin } = frame
    const message =
      frame.parent === null
        ? `A window with a page of ${origin} asked for the peer and got nothing: it is none of the origins that were named. If it is yours, name it exactly so.`
        : `A frame of ${origin} in a window asked for the peer and got nothing: only a window's own page may speak with it.`
    if (told.has(message) || told.size >= TOLD_LIMIT) return
    told.add(message)
    tell(message)
  }
}
