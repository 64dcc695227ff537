/** A log for whoever looks into what a peer does: who is linked, dialled, heard and granted. Never what people say. */

/** `info`: links, grants and networks. `debug`: every dial and every word in the air besides. */
export type LogLevel = 'info' | 'debug'

/**
 * One line. All that may stand in it is listed here, and nothing of that is other people's text, a key or a note; people
 * are the last 8 characters of their peer ids.
 */
export interface LogEntry {
  /** RFC 3339 UTC, milliseconds. */
  at: string
  event:
    | 'link-up'
    | 'link-down'
    | 'silent'
    | 'goodbye'
    | 'networks-changed'
    /** To somebody, of mine. */
    | 'granted'
    | 'not-granted'
    /** By somebody, of theirs. */
    | 'got-grant'
    | 'got-no-grant'
    | 'dial'
    | 'dial-failed'
    | 'ask'
    | 'answer'
    | 'heard'
  peer?: string
  /** IP address, or a multiaddr without a peer id. */
  address?: string
  network?: string
  /** A word of the protocol: why a link ended, an address came to nothing, nothing was granted. */
  why?: string
  outbound?: boolean
  visiting?: boolean
}

/** Where a log goes, and how much of it. */
export interface Log {
  level: LogLevel
  /** Called for each line, at once: it must be quick and must not throw. */
  write(entry: LogEntry): void
}
