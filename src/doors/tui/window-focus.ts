/**
 * Whether the terminal's window has the keys, as terminals tell it that know how (DECSET 1004): a message that comes while
 * another window has them is not seen, whatever is open here. Terminals that know nothing of it say nothing.
 */

/** Tell when the window gets and loses the keys (xterm's manual, "FocusIn/FocusOut"). */
export const FOCUS_ON = '\u001b[?1004h'
export const FOCUS_OFF = '\u001b[?1004l'

export interface WindowFocus {
  /** Asks the terminal to tell, from now on. */
  begin(): void
  /** Takes that back: a shell would take what is told for keys. Idempotent. */
  pause(): void
  /** And leaves the keys as they were. Idempotent. */
  end(): void
}

/** The library of the screen drops what is no key: here it is read on its way there. */
export function windowFocus(
  { stdin, stdout }: { stdin: Pick<NodeJS.ReadStream, 'read'>; stdout: { write(text: string): unknown } },
  tell: (focused: boolean) => void,
): WindowFocus {
  const read = stdin.read
  const heard = focusIn(tell)
  stdin.read = (size?: number): unknown => {
    const chunk: unknown = read.call(stdin, size)
    if (chunk !== null) heard(String(chunk))
    return chunk
  }
  let asked = false
  const pause = (): void => {
    if (asked) stdout.write(FOCUS_OFF)
    asked = false
  }
  return {
    begin() {
      if (!asked) stdout.write(FOCUS_ON)
      asked = true
    },
    pause,
    end() {
      pause()
      stdin.read = read
    },
  }
}

/** What a terminal sends may come in pieces. */
export function focusIn(tell: (focused: boolean) => void): (chunk: string) => void {
  let before = ''
  return (chunk) => {
    const text = before + chunk
    for (const [, end] of text.matchAll(/\u001b\[([IO])/g)) tell(end === 'I')
    before = text.endsWith('\u001b[') ? '\u001b[' : text.endsWith('\u001b') ? '\u001b' : ''
  }
}
