/**
 * While a screen is shown nothing else is written to the terminal: what libraries and Node itself say is kept and comes
 * out afterwards. And whatever ends this process, the terminal is given back first.
 */

/** Characters kept of what was said meanwhile: the first of them tell most. */
const KEPT = 64 * 1024

export interface Quiet {
  /** Says what was kept back. Idempotent. */
  end(): void
}

export function quietly(giveBack: () => void): Quiet {
  let kept = ''
  let over = false
  const keep = (text: string): void => {
    if (kept.length < KEPT) kept += text
  }
  const stderr = process.stderr
  const writeErr = stderr.write
  const consoles = { log: console.log, info: console.info, debug: console.debug }
  const warningListeners = process.listeners('warning')

  // A file or a pipe for errors is none of the screen's business.
  if (stderr.isTTY) {
    stderr.write = ((chunk: unknown, ...rest: unknown[]) => {
      keep(typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString())
      const done = rest.find((each) => typeof each === 'function')
      if (done !== undefined) setImmediate(done as () => void)
      return true
    }) as typeof stderr.write
    process.removeAllListeners('warning')
    process.on('warning', (warning) => keep(`${warning.name}: ${warning.message}\n`))
  }
  for (const name of ['log', 'info', 'debug'] as const)
    console[name] = (...said: unknown[]) => keep(`${said.map(String).join(' ')}\n`)

  const end = (): void => {
    if (over) return
    over = true
    Object.assign(console, consoles)
    if (stderr.isTTY) {
      stderr.write = writeErr
      process.removeAllListeners('warning')
      for (const listener of warningListeners) process.on('warning', listener)
    }
    process.off('uncaughtException', rescue)
    process.off('unhandledRejection', rescue)
    process.off('exit', rescue)
    if (kept !== '') stderr.write(kept)
  }

  const rescue = (): void => {
    giveBack()
    end()
  }

  // Before the listeners that print and exit.
  process.prependListener('uncaughtException', rescue)
  process.prependListener('unhandledRejection', rescue)
  process.on('exit', rescue)
  return { end }
}
