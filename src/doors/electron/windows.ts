/** A port for each window that may have one. Whoever shows a page of others in a frame does not give it the peer. */
import type { IpcMainEvent, MessagePortMain, WebFrameMain } from 'electron'
import { ASK_PORT, GIVE_PORT, NO_PORT } from './bridge.ts'
import type { ElectronMain } from './main.ts'

/** `serve` takes the peer's end; with false it has no peer just now, and the window asks again. The result ends it. */
export function givePorts(
  electron: Pick<ElectronMain, 'ipcMain' | 'MessageChannelMain'>,
  origins: readonly string[],
  serve: (port: MessagePortMain) => boolean | undefined,
): () => void {
  const { ipcMain, MessageChannelMain } = electron
  const give = (event: IpcMainEvent): void => {
    const frame = event.senderFrame
    if (frame === null || !isWelcome(frame, origins)) {
      event.reply(NO_PORT)
      return
    }
    const { port1, port2 } = new MessageChannelMain()
    if (serve(port1) === false) event.reply(NO_PORT)
    else frame.postMessage(GIVE_PORT, null, [port2])
  }
  ipcMain.on(ASK_PORT, give)
  return () => void ipcMain.removeListener(ASK_PORT, give)
}

/** The page of the window itself, and of an origin that was named. */
function isWelcome(frame: Pick<WebFrameMain, 'parent' | 'origin'>, origins: readonly string[]): boolean {
  return frame.parent === null && origins.includes(frame.origin)
}
