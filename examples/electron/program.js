/** The program: a peer in the main process, and Nigh's page as its window. */
import { join } from 'node:path'
import { nighInMain, PAGE_ORIGIN, PAGE_SCHEME, pageResponse, preloadPath } from 'nigh/electron/main'

/** `more`: further options of the peer. */
export async function start(electron, as, more = {}) {
  const { app, BrowserWindow, protocol } = electron
  // Before the app is ready: its own folder for each person, and a scheme that is as good as https.
  app.setPath('userData', join(app.getPath('appData'), 'nigh-example', as))
  protocol.registerSchemesAsPrivileged([PAGE_SCHEME])

  let window
  const show = () => {
    if (window?.isMinimized()) window.restore()
    window?.focus()
  }
  const nigh = await nighInMain(electron, {
    ...more,
    name: as,
    origins: [PAGE_ORIGIN],
    onSecondInstance: show,
    onWarning: ({ message }) => console.warn(message),
  })
  if (nigh === undefined) return undefined // it runs already, and its window has come to the front

  protocol.handle(PAGE_SCHEME.scheme, pageResponse)
  window = new BrowserWindow({
    width: 1000,
    height: 700,
    title: as,
    webPreferences: { preload: preloadPath(), sandbox: true, contextIsolation: true },
  })
  // The page has no links to elsewhere; should one come, it stays shut.
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event) => event.preventDefault())
  await window.loadURL(`${PAGE_ORIGIN}/`)
  app.on('window-all-closed', () => app.quit())
  return nigh
}
