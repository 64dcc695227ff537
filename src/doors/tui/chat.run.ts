/** `nigh` on a terminal: the chat screen, from taking the terminal to giving it back as it was. */
import { setTimeout as after } from 'node:timers/promises'
import type { Call } from '../cli/call.ts'
import type { RealTerminal } from '../cli/surroundings.ts'
import { painted } from './cells.ts'
import { connected } from './connection.ts'
import { asciiOf, coloursIn, isAscii } from './means.ts'
import { notifier, notifyWay } from './notify.ts'
import { quietly } from './quiet.ts'
import type { Frame, Shown } from './screen.tsx'
import { createSession } from './session.ts'
import type { Size } from './state.ts'
import { type WindowFocus, windowFocus } from './window-focus.ts'

export async function chat(call: Call<object>, terminal: RealTerminal): Promise<number> {
  const { around, print } = call
  // From here on whatever ends the screen is a goodbye.
  const interrupted = around.interrupted()
  // The library of the screen is read while the peer is found or opened.
  const drawing = import('./screen.tsx')
  drawing.catch(() => {})
  const first = await connected(call)
  let shown: Shown | undefined
  let focus: WindowFocus | undefined
  const quiet = quietly(() => {
    focus?.end()
    void shown?.end()
  })
  try {
    const { show } = await drawing
    const colours = coloursIn(around.env)
    const ascii = isAscii(around.env)
    const listeners = new Set<() => void>()
    let frame: Frame = { lines: [] }
    const session = createSession(call, sizeOf(terminal), {
      show({ rows, cursor }) {
        const lines = rows.map((row) => (ascii ? asciiOf(painted(row, colours)) : painted(row, colours)))
        if (isSame(frame, lines, cursor)) return
        frame = { lines, ...(cursor === undefined ? {} : { cursor }) }
        for (const listener of listeners) listener()
      },
      suspend: () => stopped(),
      redraw: () => shown?.redraw(),
      call: notifier((text) => terminal.stdout.write(text), notifyWay(around.env, process.platform)),
    })
    // Before ink's own listener: it draws at once what it has.
    const resized = (): void => session.resize(sizeOf(terminal))
    terminal.stdout.on('resize', resized)
    const stopped = (): void => {
      suspend(shown, focus, stopped).catch(() => {}) // it left meanwhile
    }
    if (canStop) process.on('SIGTSTP', stopped)
    // The window was closed.
    for (const end of ['end', 'error'] as const) terminal.stdin.on(end, session.leave)
    interrupted.addEventListener('abort', session.leave, { once: true })
    if (interrupted.aborted) session.leave()
    focus = windowFocus(terminal, session.focus)
    shown = show(
      {
        current: () => frame,
        subscribe: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      session.press,
      terminal,
    )
    focus.begin()
    let last = first
    try {
      last = await Promise.race([
        session.run(first),
        // Only a failure to draw ends it from there.
        shown.ended.then(() => new Promise<never>(() => {})),
      ])
    } finally {
      terminal.stdout.off('resize', resized)
      process.off('SIGTSTP', stopped)
      session.leave()
      focus.end()
      await shown.end().catch(() => {})
      quiet.end()
      await last.leave()
    }
    if (last.refused !== undefined) throw last.refused
    print.say(
      last.as === 'own'
        ? 'You have left.'
        : `Your Nigh goes on running. To end it: nigh down${call.home.flags}`,
    )
    return 0
  } catch (cause) {
    quiet.end()
    await first.leave()
    throw first.refused ?? cause
  }
}

/** Windows stops no process. */
const canStop = process.platform !== 'win32'

/** The stop takes hold within this, where it does, ms. A guess, and a long one. */
const STOPS_WITHIN_MS = 50

/**
 * As Ctrl-Z does: the shell has the terminal until `fg`. Where no shell could bring it back the kernel ignores this
 * signal, and the screen goes on at once.
 */
async function suspend(
  shown: Shown | undefined,
  focus: WindowFocus | undefined,
  stopped: () => void,
): Promise<void> {
  if (!canStop || shown === undefined) return
  focus?.pause()
  const resume = await shown.suspend()
  process.off('SIGTSTP', stopped)
  process.kill(process.pid, 'SIGTSTP')
  await after(STOPS_WITHIN_MS)
  process.on('SIGTSTP', stopped)
  await resume()
  focus?.begin()
}

function sizeOf({ stdout }: RealTerminal): Size {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 }
}

function isSame(frame: Frame, lines: readonly string[], cursor: Frame['cursor']): boolean {
  return (
    frame.lines.length === lines.length &&
    frame.cursor?.x === cursor?.x &&
    frame.cursor?.y === cursor?.y &&
    lines.every((line, at) => line === frame.lines[at])
  )
}
