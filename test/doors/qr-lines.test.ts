/** A card as a QR code: what a camera would see on the terminal is the card again. */
import decodeQR from 'qr/decode.js'
import { expect, test } from 'vitest'
import { qrLines } from '../../src/doors/cli/qr-lines.ts'
import { ALICE_ID } from '../support/fake-agent.ts'

const CARD = `nigh:${ALICE_ID}?name=Al%20%26%20Ice&addr=/ip4/192.168.1.55/tcp/40001&addr=/ip6/fd00::1/tcp/40001`

test('black on white, it reads as the card, in lines of one width that a terminal of 80 columns holds', () => {
  const lines = qrLines(CARD, { colour: true })
  expect(photographed(lines, { ink: 'dark' })).toBe(CARD)
  expect(new Set(lines.map(({ width }) => width)).size).toBe(1)
  expect(lines[0]?.width).toBeLessThanOrEqual(80)
  for (const { text } of lines) expect(text).toMatch(/^\u001b\[38;5;16;48;5;231m[ ▀▄█]+\u001b\[39;49m$/)
})

test('without colour the light is drawn, and it reads as the card as well; nothing but blocks is in it', () => {
  const lines = qrLines(CARD, { colour: false })
  expect(photographed(lines, { ink: 'light' })).toBe(CARD)
  for (const { text, width } of lines) {
    expect(text).toMatch(/^[ ▀▄█]+$/)
    expect([...text]).toHaveLength(width)
  }
})

test('even eight addresses and a long name are one code', () => {
  const card = `nigh:${ALICE_ID}?name=${'x'.repeat(64)}${'&addr=/ip6/2001:db8:1234:5678:9abc:def0:1234:5678/tcp/40001'.repeat(8)}`
  expect(photographed(qrLines(card, { colour: false }), { ink: 'light' })).toBe(card)
})

/** As a camera has it: each half block a square of pixels. */
function photographed(
  lines: readonly { text: string; width: number }[],
  { ink }: { ink: 'dark' | 'light' },
): string {
  const blank = ink === 'dark' ? 255 : 0
  const rows = lines.flatMap(({ text }) => {
    const blocks = [...text.replace(/\u001b\[[\d;]*m/g, '')]
    return ['▀█', '▄█'].map((inked) => blocks.map((block) => (inked.includes(block) ? 255 - blank : blank)))
  })
  const scale = 4
  const size = (rows[0]?.length ?? 0) * scale
  const height = rows.length * scale
  const data = new Uint8Array(size * height * 4)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < size; x++) {
      const level = rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? 255
      data.set([level, level, level, 255], (y * size + x) * 4)
    }
  return decodeQR({ width: size, height, data })
}
