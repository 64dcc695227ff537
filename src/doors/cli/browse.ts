/** Opens a file in the person's browser, the platform's way. Only a file: an address on a command line can be read by others. */
import { spawn } from 'node:child_process'

/** An opener that fails does so within this time, ms; one that waits for the browser is still there then. */
const FAILS_WITHIN_MS = 1_000

/** Whether something was started that did not fail at once. */
export function openInBrowser(file: string): Promise<boolean> {
  const [command, ...given] =
    process.platform === 'darwin'
      ? ['open', file]
      : process.platform === 'win32'
        ? ['explorer.exe', file]
        : ['xdg-open', file]
  return new Promise((resolve) => {
    const child = spawn(command ?? '', given, { stdio: 'ignore', detached: true })
    const inTime = setTimeout(() => resolve(true), FAILS_WITHIN_MS)
    child.on('error', () => {
      clearTimeout(inTime)
      resolve(false)
    })
    child.on('exit', (code) => {
      clearTimeout(inTime)
      // The explorer says 1 also where it did what it was asked.
      resolve(code === 0 || process.platform === 'win32')
    })
    child.unref()
  })
}
