/** Where nobody is: never a blank. First that we look, after a while why it may be, and always what can be done. */
import { harmless } from '../cli/harmless.ts'
import { whoSeesMe } from '../cli/who-sees-me.ts'
import { type Row, type Span, wrap } from './cells.ts'
import type { State } from './state.ts'

/** People on one link see each other within two seconds; whoever is not there then will need a reason, ms. */
export const WHY_AFTER_MS = 4_000

export function emptyView(state: State, columns: number): Row[] {
  const { self, status, rules, now, since, trouble, flags } = state
  const rows: Row[] = [[]]
  const say = (text: string, look: Omit<Span, 'text'> = {}, mark = ''): void => {
    for (const [at, line] of wrap(text, Math.max(10, columns - 4 - mark.length)).entries())
      rows.push([
        { text: '  ' },
        { text: at === 0 ? mark : ' '.repeat(mark.length) },
        { text: line, ...look },
      ])
  }
  const mesh = self === undefined ? '' : ` on the mesh "${harmless(self.mesh)}"`
  if (now - since < WHY_AFTER_MS) say(`Looking for people on this network${mesh}…`, { bold: true })
  else {
    say(`Nobody found yet${mesh}. Your Nigh keeps looking.`, { bold: true })
    rows.push([])
    say('Why that may be:')
    for (const reason of reasons(trouble, self?.listen.length === 0)) say(reason, {}, '· ')
  }
  rows.push([])
  say('What you can do:')
  say('add somebody by their address or card, wherever they are', {}, 'a  ')
  say('show your own card, for them to type or photograph', {}, 'm  ')
  if (now - since >= WHY_AFTER_MS)
    say(`nigh doctor${flags}   in another terminal says what stands in the way`, {}, '$  ')
  say('all keys', {}, '?  ')
  if (self !== undefined && status !== undefined && rules !== undefined) {
    rows.push([])
    say(whoSeesMe(self, status, rules), { dim: true })
  }
  return rows
}

function reasons(trouble: readonly string[], isDeaf: boolean): string[] {
  if (trouble.length > 0) return trouble.map(harmless)
  return [
    ...(isDeaf ? ['You are not listening, so nobody can connect to you.'] : []),
    'Nobody else runs Nigh here now, or on another mesh.',
    'This network keeps its guests apart, as hotels and guest Wi-Fi do.',
    'A firewall drops multicast (UDP port 5353), or a VPN takes it.',
  ]
}
