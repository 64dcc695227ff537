/**
 * Draws docs/screen.svg: the chat screen of two real peers on loopback as tmux shows it, so that the picture in the
 * README shows what was run and nothing else. Needs tmux.
 *
 *     npm run build && node scripts/screen-picture.ts
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import stringWidth from 'string-width'
import { stage, type Terminal } from '../test/screen/stage.ts'

const OUT = fileURLToPath(new URL('../docs/screen.svg', import.meta.url))
const SIZE = { columns: 100, rows: 24 }
/** Of a terminal with a dark ground. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#f07178',
  32: '#a5d36b',
  33: '#f2d479',
  36: '#7fd0e0',
}

await using here = await stage()
const bob = await here.nigh('bob')
await bob.shows('Enter talk')
const alice = await here.nigh('alice', { size: SIZE })
await alice.shows(/bob +now/)
const carol = await here.nigh('carol')
await alice.shows(/carol +now/)
await alice.press('c')
await alice.shows('is a contact now')
await bob.shows(/alice +now/)
await here.run('bob', 'contacts', 'add', 'alice')
await here.run('bob', 'status', '--activity', 'meeting', '--note', 'back at five')
await alice.shows('back at five')
await alice.press('Enter')
await say(alice, 'Lunch?')
await alice.shows(/✓ +you: Lunch/)
await here.run('bob', 'send', 'alice', 'At noon. The usual place, or is it still closed?')
await alice.shows('At noon')
await say(alice, 'Open again since Monday 🎉')
await alice.shows(/✓ +you: Open/)
await here.run('carol', 'send', 'alice', 'Hello, I am new here.')
await alice.shows('1 request')
await bob.press('Enter')
await bob.type('See y')
await alice.shows('bob is writing…')
await alice.type('See you th')
await alice.shows('See you th')
writeFileSync(OUT, drawn(await alice.coloured()))
await alice.press('C-c')
await alice.shows('You have left.')
await bob.press('C-c')
await bob.shows('You have left.')
await carol.press('C-c')
await carol.shows('You have left.')

async function say(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text)
  await terminal.press('Enter')
}

interface Look {
  bold: boolean
  dim: boolean
  inverse: boolean
  colour: string | undefined
}

function drawn(screen: string): string {
  const [cell, line, pad] = [7.83, 18, 16]
  const [ground, paper] = ['#1e2227', '#e6e6e6']
  const width = SIZE.columns * cell + 2 * pad
  const height = SIZE.rows * line + 2 * pad
  const parts: string[] = []
  let look: Look = { bold: false, dim: false, inverse: false, colour: undefined }
  for (const [row, text] of screen.trimEnd().split('\n').entries()) {
    let column = 0
    for (const piece of text.split(/(\u001b\[[\d;]*m)/)) {
      const codes = /^\u001b\[([\d;]*)m$/.exec(piece)
      if (codes !== null) {
        for (const code of (codes[1] ?? '').split(';')) look = lookAfter(look, Number(code))
        continue
      }
      const cells = stringWidth(piece)
      if (cells > 0) {
        const ink = look.inverse ? ground : (look.colour ?? paper)
        const x = pad + column * cell
        const y = pad + row * line
        if (look.inverse)
          parts.push(
            `<rect x="${x}" y="${y}" width="${cells * cell}" height="${line}" fill="${look.colour ?? paper}"/>`,
          )
        const weight = look.bold ? ' font-weight="bold"' : ''
        const faint = look.dim ? ' opacity="0.6"' : ''
        const fit = ` textLength="${cells * cell}" lengthAdjust="spacingAndGlyphs"`
        if (piece.trim() !== '')
          parts.push(
            `<text x="${x}" y="${y + 0.75 * line}" fill="${ink}"${weight}${faint}${fit} xml:space="preserve">${escaped(piece)}</text>`,
          )
      }
      column += cells
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" role="img" aria-label="The chat screen: people on the left, the conversation with Bob on the right"><rect width="${width}" height="${height}" rx="8" fill="${ground}"/>${parts.join('')}</svg>\n`
}

function lookAfter(look: Look, code: number): Look {
  if (code === 0) return { bold: false, dim: false, inverse: false, colour: undefined }
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 7) return { ...look, inverse: true }
  if (code === 27) return { ...look, inverse: false }
  if (code === 39) return { ...look, colour: undefined }
  return COLOURS[code] === undefined ? look : { ...look, colour: COLOURS[code] }
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char)
}
