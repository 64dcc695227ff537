/** Time and chance, asked of the outside so that a test can hold both. */

export interface Clock {
  /** Wall time in ms since 1970: shown to people, written down, never used to decide expiry. */
  now(): number
  /** Monotonic ms from an arbitrary start: every expiry hangs on it. */
  monotonic(): number
  /** Calls `run` once at or after monotonic instant `at`; the result takes it back. */
  wake(at: number, run: () => void): () => void
}

export interface Entropy {
  bytes(length: number): Uint8Array
  /** In [0, 1). */
  fraction(): number
}
