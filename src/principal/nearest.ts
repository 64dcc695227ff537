/** The known word nearest to one that is not known: fewest letters put in, taken out, changed or swapped. */

/** Letters looked at: longer words were no slip of a finger, and would cost. */
const TYPED_LIMIT = 40

export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.slice(0, TYPED_LIMIT)
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const distance = distanceBetween(typed, candidate)
    if (best === undefined || distance < best.distance) best = { word: candidate, distance }
  }
  return best?.word
}

/** Of fewer letters anything may be meant. */
const SLIP_LEAST = 3

/** Only what a slip of a finger may have made of it: no further away than a third of what was typed. */
export function slipOf(word: string, known: readonly string[]): string | undefined {
  if (word.length < SLIP_LEAST || word.length > TYPED_LIMIT) return undefined
  const near = nearest(word, known)
  return near !== undefined && distanceBetween(word, near) <= Math.max(1, Math.floor(word.length / 3))
    ? near
    : undefined
}

function distanceBetween(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= from.length; row += 1) {
    const current: number[] = [row]
    rows.push(current)
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + same,
          swapped ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return cell(from.length, to.length)
}
