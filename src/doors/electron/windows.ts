/** A port for each window that may have one. Whoever shows a page of others in a frame does not give it the peer. */
import type { IpcMainEvent, MessagePortMain } from 'electron'
import { ASK_PORT, GIVE_PORT, NO_PORT } from './bridge.ts'
import type { ElectronMain, NighInMainOptions } from './main.ts'
import { isWelcome, turningAway } from './origins.ts'

/** `serve` takes the peer's end; with false it has no peer just now, and the window asks again. The result ends it. */
export function givePorts(
  electron: Pick<ElectronMain, 'ipcMain' | 'MessageChannelMain'>,
  { origins, onWarning }: Pick<NighInMainOptions, 'origins' | 'onWarning'>,
  serve: (port: MessagePortMain) => boolean | undefined,
): () => void {
  const { ipcMain, MessageChannelMain } = electron
  const turnedAway = turningAway((message) => onWarning?.({ code: 'window-refused', message }))
  const give = (event: IpcMainEvent): void => {
    const frame = event.senderFrame
    if (frame === null || !isWelcome(frame, origins)) {
      event.reply(NO_PORT)
      turnedAway(frame)
      return
    }
    const { port1, port2 } = new MessageChannelMain()
    if (serve(port1) === false) event.reply(NO_PORT)
    else frame.postMessage(GIVE_PORT, null, [port2])
  }
  ipcMain.on(ASK_PORT, give)
  return () => void ipcMain.removeListener(ASK_PORT, give)
}
