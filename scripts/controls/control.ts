/** A control: one line that keeps a promise, and the test that must turn red without it. */
export interface Control {
  /** What is promised. */
  promise: string
  file: string
  /** The line, or part of it, that keeps the promise; it must occur exactly once. */
  line: string
  /** What stands there once the promise is broken. */
  broken: string
  test: string
}
