/** `nigh whoami` and `nigh me`: who I am, and under which name. */
import type { DesktopNotification, Self, SelfChange } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { age, selfAsPerson } from '../sentences.ts'
import { table } from '../table.ts'

export async function whoami(call: Call): Promise<number> {
  return withOwn(
    call,
    async ({ agent }) => {
      show(call, await agent.whoami(), await agent.retention())
      return 0
    },
    { create: true },
  )
}

type Choice = 'on' | 'off'

export interface MeOptions {
  name?: string
  displayReceipts?: Choice
  composing?: Choice
  bell?: Choice
  notify?: DesktopNotification
  /** ms; infinitely many for never. */
  awayAfter?: number
  /** ms; infinitely many for ever. */
  keep?: number
}

export async function me(call: Call<MeOptions>): Promise<number> {
  const { name, displayReceipts, composing, bell, notify, awayAfter, keep } = call.options
  const change: SelfChange = {
    ...(name === undefined ? {} : { name }),
    ...(displayReceipts === undefined ? {} : { displayReceipts: displayReceipts === 'on' }),
    ...(composing === undefined ? {} : { composing: composing === 'on' }),
    ...(bell === undefined ? {} : { bell: bell === 'on' }),
    ...(notify === undefined ? {} : { notify }),
    ...(awayAfter === undefined ? {} : { awayAfterMs: Number.isFinite(awayAfter) ? awayAfter : null }),
  }
  if (Object.keys(change).length === 0 && keep === undefined)
    throw new NighError(
      'usage',
      'Say what to change: --name, --display-receipts, --composing, --bell, --notify, --away-after or --keep. To see what stands now: nigh whoami',
    )
  return withOwn(call, async ({ agent }) => {
    if (keep !== undefined) await agent.retention({ keepMs: Number.isFinite(keep) ? keep : null })
    const self = Object.keys(change).length > 0 ? await agent.me(change) : await agent.whoami()
    show(call, self, await agent.retention())
    return 0
  })
}

const NOTIFIED: Readonly<Record<DesktopNotification, string>> = {
  off: 'off',
  name: 'who wrote, on the desktop, without the text',
  text: 'who wrote and the text, on the desktop',
}

function show({ print, around, home }: Call<object>, self: Self, { keepMs }: { keepMs?: number }): void {
  const line = { event: 'self', at: around.now().toISOString(), who: selfAsPerson(self), ...self }
  print.print({ ...line, ...(keepMs === undefined ? {} : { keepMs }) }, () =>
    table([
      ['name', harmless(self.name)],
      ['presence', self.presence],
      ['inbox', self.inbox],
      ['card', harmless(self.card)],
      ['safety words', self.safetyWords],
      ['mesh', harmless(self.mesh)],
      ['display receipts', self.displayReceipts ? 'on: people I know are told when I read' : 'off'],
      ['composing', self.composing ? 'on: contacts see when I write to them' : 'off'],
      ['bell', self.bell ? 'on: the screen rings for what you do not see come' : 'off'],
      ['notifications', NOTIFIED[self.notify]],
      [
        'idle',
        self.awayAfterMs === undefined
          ? 'never by itself'
          : `after ${age(self.awayAfterMs)} without a key at the screen`,
      ],
      ['messages kept', keepMs === undefined ? 'for ever' : `${age(keepMs)}, unread ones until read`],
      ['listening', self.listen.length > 0 ? self.listen.join(' ') : `no: start with nigh up${home.flags}`],
      ['home', harmless(self.home)],
    ]).join('\n'),
  )
}
