/**
 * The bell of a terminal, and notifications on the desktop: by an escape where the terminal is known to show them, else
 * by the desktop's own program. What others wrote is no command to either.
 */
import { spawn } from 'node:child_process'

type Env = Readonly<Record<string, string | undefined>>

export interface Notification {
  /** Who wrote: one harmless line. */
  from: string
  /** One harmless line, where it is to be shown. */
  text?: string
}

export type NotifyWay = 'osc 9' | 'osc 777' | 'notify-send' | 'osascript'

/** Terminals whose manuals say that they show OSC 9 as a notification. */
const OSC_9_PROGRAMS: ReadonlySet<string> = new Set(['iTerm.app', 'WezTerm', 'ghostty', 'WarpTerminal'])
const OSC_9_TERMS: ReadonlySet<string> = new Set(['xterm-kitty', 'xterm-ghostty'])
/** And OSC 777, which has a title of its own. */
const OSC_777_TERMS: ReadonlySet<string> = new Set(['foot', 'foot-extra'])

/** How this terminal, or the desktop it is on, can be given a notification; undefined where nothing is known to. */
export function notifyWay(env: Env, platform: NodeJS.Platform): NotifyWay | undefined {
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL } = env
  // A multiplexer keeps such escapes to itself, and what the environment says of the terminal around it may be old.
  const isInside = isSet(env.TMUX) || isSet(env.STY)
  if (!isInside) {
    if (OSC_777_TERMS.has(TERM)) return 'osc 777'
    if (OSC_9_PROGRAMS.has(TERM_PROGRAM) || OSC_9_TERMS.has(TERM) || LC_TERMINAL === 'iTerm2') return 'osc 9'
  }
  // At the far end of a line the desktop is somebody else's, or nobody's.
  if (isSet(env.SSH_CONNECTION) || isSet(env.SSH_TTY)) return undefined
  if (platform === 'darwin') return 'osascript'
  const hasDesktop = isSet(env.DISPLAY) || isSet(env.WAYLAND_DISPLAY)
  return platform !== 'win32' && hasDesktop ? 'notify-send' : undefined
}

/** BEL (ECMA-48). */
export const BELL = '\u0007'

/** The escape that shows it, ended by ST. Our own word comes first: OSC 9 with a number first is another command. */
export function escapeFor(way: 'osc 9' | 'osc 777', notification: Notification): string {
  const [title, body] = wordsOf(notification)
  if (way === 'osc 9') return `\u001b]9;${title}: ${body}\u001b\\`
  return `\u001b]777;notify;${unparted(title)};${unparted(body)}\u001b\\`
}

/** A program and what it is given; never through a shell, and never as one of its options. */
export function commandFor(
  way: 'notify-send' | 'osascript',
  notification: Notification,
): readonly [program: string, ...given: string[]] {
  const [title, body] = wordsOf(notification)
  if (way === 'osascript') return ['osascript', ...SCRIPT.flatMap((line) => ['-e', line]), '--', title, body]
  // notify-send reads escapes in a body, and desktops read markup in it.
  const plain = body
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\', '\\\\')
  return ['notify-send', '--app-name=Nigh', '--category=im.received', '--', title, plain]
}

/** The words are arguments of the script, and no part of it. */
const SCRIPT = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run']

/** A program that has shown nothing by then hangs, ms. */
const SHOWS_WITHIN_MS = 5_000

/** Rings and shows; what cannot be shown is not, and nobody is told: the list of people has it anyway. */
export function notifier(
  write: (text: string) => void,
  way: NotifyWay | undefined,
): (call: { bell: boolean; notification?: Notification }) => void {
  let works = true
  const run = ([program, ...given]: readonly [string, ...string[]]): void => {
    const child = spawn(program, given, { stdio: 'ignore' })
    const late = setTimeout(() => child.kill('SIGKILL'), SHOWS_WITHIN_MS)
    late.unref()
    child.unref()
    child.on('error', () => {
      works = false
      clearTimeout(late)
    })
    child.on('exit', () => clearTimeout(late))
  }
  return ({ bell, notification }) => {
    if (bell) write(BELL)
    if (notification === undefined || way === undefined) return
    if (way === 'osc 9' || way === 'osc 777') write(escapeFor(way, notification))
    else if (works) run(commandFor(way, notification))
  }
}

function wordsOf({ from, text = 'a message for you' }: Notification): [title: string, body: string] {
  return [`Nigh: ${from}`, text]
}

/** The parts of OSC 777 are parted by semicolons. */
function unparted(text: string): string {
  return text.replaceAll(';', ',')
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
