/**
 * Two people who talk, each in a program of their own:
 *
 *     npm run alice
 *     npm run bob        (in another terminal)
 */
import * as electron from 'electron'
import { start } from './program.js'

const as = electron.app.commandLine.getSwitchValue('as') || 'alice'

// Not awaited: Electron is ready only after this file has been read to its end.
start(electron, as).catch((cause) => {
  console.error(cause.message)
  electron.app.exit(1)
})
