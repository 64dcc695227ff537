/** Rows that grow downwards, of which a panel is made. */
import { harmless } from '../cli/harmless.ts'
import { clipRow, type Look, type Row, rowWidth, width, wrap } from './cells.ts'
import { type Field, fieldLines } from './field.ts'
import type { Picture } from './talk-view.ts'

/** Rows that grow downwards, and where the cursor stands in them. */
export function sheet(columns: number) {
  const lines: Row[] = []
  let cursor: Picture['cursor']
  /** Where each thing that can be selected begins. */
  const items: number[] = []
  const self = {
    columns,
    row: (row: Row): void => void lines.push(clipRow(row, columns)),
    say(text: string, look: Look = {}, indent = ' '): void {
      for (const line of wrap(text, Math.max(8, columns - width(indent) - 1)))
        self.row([{ text: indent }, { text: line, ...look }])
    },
    item: (): void => void items.push(lines.length),
    field(label: string, field: Field): void {
      const head = ` ${label}: `
      const room = Math.max(8, columns - width(head) - 1)
      const { lines: written, x, y } = fieldLines(field, room, harmless)
      cursor = { x: width(head) + x, y: lines.length + y }
      for (const [at, line] of written.entries())
        self.row([
          { text: at === 0 ? head : ' '.repeat(width(head)), dim: true },
          { text: line, bold: true },
        ])
    },
    /** At most `rows`, so that item `index` is among them. */
    picture(rows: number, index = 0): Picture {
      const from = items[index] ?? 0
      const to = (items[index + 1] ?? lines.length) - 1
      const top = Math.max(0, Math.min(from, to - rows + 1))
      const shown = lines.slice(top, top + rows)
      if (cursor === undefined || cursor.y - top >= rows || cursor.y < top) return { rows: shown }
      return { rows: shown, cursor: { x: cursor.x, y: cursor.y - top } }
    },
    scrolled(more: readonly Row[], top: number, rows: number): Picture {
      const room = Math.max(1, rows - lines.length)
      const from = Math.max(0, Math.min(top, more.length - room))
      const shown = more.slice(from, from + room)
      const rest = more.length - from - room
      if (rest > 0 && shown.length > 0)
        shown[shown.length - 1] = [{ text: ` … ${rest + 1} more lines: ↓`, dim: true }]
      return { rows: [...lines, ...shown].map((row) => clipRow(row, columns)) }
    },
    height: (): number => lines.length,
    /** With the lines of a code at the right edge. */
    beside(code: readonly string[], all: number, rows: number): Picture {
      const joined = Array.from({ length: Math.max(code.length, lines.length) }, (_, at): Row => {
        const line = code[at]
        const left = lines[at] ?? []
        if (line === undefined) return left
        const gap = all - width(line) - 1 - rowWidth(left)
        return [...left, { text: ' '.repeat(Math.max(0, gap)) }, { text: line, paper: true }]
      })
      return { rows: joined.slice(0, rows) }
    },
  }
  return self
}

export type Sheet = ReturnType<typeof sheet>

/** Spans one after the other, on as many rows as they need. */
export function flow(spans: readonly Row[number][], page: Sheet): void {
  let line: Row[number][] = [{ text: ' ' }]
  for (const span of spans) {
    if (rowWidth(line) + width(span.text) > page.columns) {
      page.row(line)
      line = [{ text: ' ' }]
    }
    line.push(span)
  }
  page.row(line)
}
