/** The life of the program around the peer: one instance, and a goodbye before it quits. */
import { join } from 'node:path'
import type { App } from 'electron'

/**
 * Resolves when the app is ready; with false where the program runs already: two must not hold one home (fault C2), so
 * this one quits, and that one is told.
 */
export async function isFirst(
  app: Pick<App, 'requestSingleInstanceLock' | 'whenReady' | 'quit' | 'on'>,
  onSecondInstance: (() => void) | undefined,
): Promise<boolean> {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return false
  }
  if (onSecondInstance !== undefined) app.on('second-instance', () => onSecondInstance())
  await app.whenReady()
  return true
}

/** Where the home lies unless the program says otherwise. */
export function homeOf(app: Pick<App, 'getPath'>): string {
  return join(app.getPath('userData'), 'nigh')
}

/** Quitting waits for the goodbye, which is bounded (`Peer.close`), and then goes on. */
export function quitAfterGoodbye(app: Pick<App, 'on' | 'quit'>, close: () => Promise<void>): void {
  let said = false
  app.on('before-quit', (event) => {
    if (said) return
    event.preventDefault()
    const goOn = (): void => {
      said = true
      app.quit()
    }
    // A goodbye that fails keeps nobody from quitting.
    close().then(goOn, goOn)
  })
}
