/** The program that the exam starts in Electron itself: as any program begins, and then told what to do from outside. */
import {
  app,
  BrowserWindow,
  ipcMain,
  MessageChannelMain,
  powerMonitor,
  protocol,
  safeStorage,
  utilityProcess,
} from 'electron'
import { nighInMain, nighInUtility, preloadPath } from '../../dist/doors/electron/main.js'

app.setPath('userData', process.env.NIGH_EXAM_USER_DATA)
protocol.registerSchemesAsPrivileged(
  ['ours', 'foreign'].map((scheme) => ({ scheme, privileges: { standard: true, secure: true } })),
)
const electron = { app, ipcMain, MessageChannelMain, powerMonitor, safeStorage, utilityProcess }
const begin = process.env.NIGH_EXAM_PROCESS === 'utility' ? nighInUtility : nighInMain

let asked = 0
ipcMain.on('nigh:ask-port', () => {
  asked += 1
})

begin(electron, {
  origins: ['ours://page'],
  name: 'Alice',
  mesh: process.env.NIGH_EXAM_MESH,
  interfaces: ['lo'],
})
  .then((nigh) => {
    if (nigh === undefined) return
    const page = (request) =>
      new Response(
        new URL(request.url).pathname === '/framing'
          ? '<iframe src="ours://page/"></iframe>'
          : '<title>page</title>',
        { headers: { 'content-type': 'text/html' } },
      )
    for (const scheme of ['ours', 'foreign']) protocol.handle(scheme, page)
    globalThis.exam = {
      peer: nigh.agent ?? nigh.peer,
      state: () => (nigh.agent ? nigh : nigh.peer).state,
      asked: () => asked,
      power: (event) => void powerMonitor.emit(event),
      async open(kind) {
        const window = new BrowserWindow({
          show: false,
          webPreferences: {
            preload: preloadPath(),
            sandbox: true,
            contextIsolation: true,
            // Only so does a frame have a preload script at all.
            nodeIntegrationInSubFrames: kind === 'ours in a frame',
          },
        })
        await window.loadURL(kind === 'ours in a frame' ? 'foreign://page/framing' : `${kind}://page/`)
      },
    }
  })
  .catch((cause) => {
    console.error(cause)
    app.exit(1)
  })
