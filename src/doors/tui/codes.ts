/** My card as codes to photograph: the whole of it, and one without addresses where room is short. */
import { qrLines } from '../cli/qr-lines.ts'
import type { Codes } from './state.ts'

export function cardCodes(card: string): Codes {
  const short = card.replaceAll(/&addr=[^&]*/g, '')
  // Light on dark, as the look of paper paints it.
  return [card, short].map((text) => qrLines(text, { colour: false }).map((line) => line.text))
}
