/** A QR code as lines of a terminal: two rows of it in each, drawn with half blocks. */
import encodeQR from 'qr'

/** Light modules around it: ISO/IEC 18004 asks for four, cameras are content with two, and a terminal has few lines. */
const BORDER = 2

export interface QrLine {
  text: string
  /** Columns that it takes; colours take none. */
  width: number
}

/**
 * With `colour` black on white, whatever the terminal's own colours are. Without it the light modules are drawn, which
 * is right on a dark terminal; on a light one the code is its negative, and most cameras read that as well.
 */
export function qrLines(content: string, { colour }: { colour: boolean }): QrLine[] {
  const dark = encodeQR(content, 'raw', { ecc: 'low', border: BORDER })
  const lines: QrLine[] = []
  for (let row = 0; row < dark.length; row += 2) {
    const above = dark[row] ?? []
    const below = dark[row + 1]
    // The last line of an odd number has nothing below it: light, as the border around it.
    const drawn = above.map((module, column) => halfBlock(!module, !(below?.[column] ?? false))).join('')
    lines.push({ text: colour ? `${BLACK_ON_WHITE}${negative(drawn)}${PLAIN}` : drawn, width: above.length })
  }
  return lines
}

/** By number, so that no palette makes grey of them. */
const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m'
const PLAIN = '\u001b[39;49m'

function halfBlock(above: boolean, below: boolean): string {
  if (above) return below ? '█' : '▀'
  return below ? '▄' : ' '
}

/** What was drawn light on dark, drawn dark on light. */
function negative(drawn: string): string {
  return drawn.replace(/[█▀▄ ]/g, (block) => NEGATIVE[block] ?? block)
}

const NEGATIVE: Readonly<Record<string, string>> = { '█': ' ', '▀': '▄', '▄': '▀', ' ': '█' }
