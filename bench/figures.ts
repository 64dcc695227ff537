/**
 * Figures: how a measurement is boiled down and told. Medians, because the machine is shared; ratios, because two
 * machines are never alike; and a figure only where everything it counts was found afterwards.
 */

/** One line of the table: ours beside its yardstick, or alone beside its goal. */
export interface Figure {
  what: string
  unit: string
  ours: number
  yardstick?: { name: string; value: number; ratio: number }
  /** The bound that counts: for the ratio where there is one, else for `ours`. */
  goal?: { most: number } | { least: number }
  /** The goal is for `ours` although there is a yardstick. */
  absolute?: boolean
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The nearest rank: the smallest value that at least this part of all does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

/** What `ours` is of `yardstick`, round by round: both had the same minute of the machine. */
export function ratioOf(ours: readonly number[], yardstick: readonly number[]): number {
  return median(ours.map((value, round) => value / (yardstick[round] ?? Number.NaN)))
}

/** Prints the table; a run of all benchmarks gathers it too. */
export function report(figures: readonly Figure[]): void {
  printTable(figures)
  process.send?.({ figures })
}

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map(cells)
  const heads = ['', 'ours', 'yardstick', 'ratio', 'goal', '']
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of [heads, ...rows]) {
    const padded = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    console.log(padded.join('  ').trimEnd())
  }
}

function cells({ what, unit, ours, yardstick, goal, absolute }: Figure): string[] {
  const judged = yardstick === undefined || absolute === true ? ours : yardstick.ratio
  return [
    what,
    `${short(ours)} ${unit}`,
    yardstick === undefined ? '' : `${short(yardstick.value)} ${unit} (${yardstick.name})`,
    yardstick === undefined ? '' : `${yardstick.ratio.toFixed(2)} ×`,
    goal === undefined ? '' : 'most' in goal ? `≤ ${goal.most}` : `≥ ${goal.least}`,
    goal === undefined ? '' : isReached(judged, goal) ? 'reached' : 'missed',
  ]
}

function isReached(value: number, goal: NonNullable<Figure['goal']>): boolean {
  return 'most' in goal ? value <= goal.most : value >= goal.least
}

function short(value: number): string {
  return value >= 10_000
    ? `${(value / 1000).toFixed(1)}k`
    : value >= 100
      ? value.toFixed(0)
      : value.toFixed(2)
}

/** Chance that can be had again: a run prints its seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** In random order, so that nobody always runs in the other's wake. */
export function shuffled<Item>(items: readonly Item[], chance: () => number): Item[] {
  return items
    .map((item) => ({ item, rank: chance() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}
