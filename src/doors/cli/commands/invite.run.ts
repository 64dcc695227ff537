/**
 * `nigh invite`: my card, for somebody who cannot find me by themselves. On a terminal with what to do with it and as
 * a QR code; elsewhere the link alone, so that it can be passed on.
 */
import type { Self } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { qrLines } from '../qr-lines.ts'
import { selfAsPerson } from '../sentences.ts'

/** The mesh of whoever chose none (`DEFAULT_MESH`, said again: that one would load the keys' library). */
const USUAL_MESH = 'nigh'
const USUAL_COLUMNS = 80

export async function invite(call: Call): Promise<number> {
  const { print, around } = call
  return withOwn(call, async ({ agent, running }) => {
    const self = await agent.whoami()
    const { card, mesh } = self
    print.print({ event: 'card', at: around.now().toISOString(), who: selfAsPerson(self), card, mesh }, () =>
      around.stdout.isTTY === true ? page(call, self) : harmless(card),
    )
    const obstacle = whatIsMissing(call, self, running)
    if (obstacle !== undefined) print.note(obstacle)
    return 0
  })
}

function page({ around, print, home }: Call, { card, mesh }: Self): string {
  const code = qrLines(card, { colour: print.colour })
  const columns = around.stdout.columns || USUAL_COLUMNS
  const fits = (code[0]?.width ?? 0) <= columns
  const meshFlag = mesh === USUAL_MESH ? '' : ` --mesh ${harmless(mesh)}`
  return [
    ...(fits ? code.map(({ text }) => text) : ['(The QR code is wider than this terminal.)']),
    '',
    harmless(card),
    '',
    'Whoever you hand it to adds you with:',
    `  nigh contacts add${meshFlag} '${harmless(card)}'`,
    'They can see you and write to you once you accept them, or add their card in turn:',
    `  nigh accept${home.flags} WHO --contact`,
  ].join('\n')
}

/** A card without an address names me, and leads nowhere. */
function whatIsMissing({ home }: Call, { card }: Self, running: boolean): string | undefined {
  const hasAddress = /[?&]addr=/.test(card)
  if (hasAddress && running) return undefined
  if (hasAddress) return `You are not here now. They reach you once you are: nigh up${home.flags}`
  if (running) return 'You are not listening, so the card says who you are, and not where.'
  return `The card says who you are, and not where: that is known once you have been up. Start with: nigh up${home.flags}`
}
