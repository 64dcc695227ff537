/** The page's way to its Agent in a window of Electron: what the preload script gives, for as long as main serves it. */
import { type NighBridge, nighInWindow } from '../../electron/renderer.ts'
import type { Connect } from './desk.ts'

export function windowLink(bridge: NighBridge): Connect {
  const agent = nighInWindow(bridge)
  const connected = (): Promise<void> =>
    new Promise((resolve) => {
      if (agent.connected) return resolve()
      const stop = agent.onConnected((now) => {
        if (!now) return
        stop()
        resolve()
      })
    })
  return async () => {
    await connected()
    return {
      agent,
      onEnd(listener) {
        const stop = agent.onConnected((now) => {
          if (now) return
          stop()
          listener()
        })
      },
    }
  }
}
