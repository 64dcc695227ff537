/**
 * An answer that holds as long as nobody else acts: worked out once, and forgotten before whoever waits goes on.
 */

/** As `ask`, asked at most once for each key in one turn. */
export function perTurn<Key, Answer extends object>(ask: (key: Key) => Answer): (key: Key) => Answer {
  let answers: Map<Key, Answer> | undefined
  return (key) => {
    // What waits goes on in a microtask of its own, which is queued behind this one.
    if (answers === undefined) queueMicrotask(() => (answers = undefined))
    answers ??= new Map()
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = ask(key)
    answers.set(key, answer)
    return answer
  }
}
