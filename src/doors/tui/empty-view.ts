/** Where nobody is: never a blank. First that we look, after a while why it may be, and always what can be done. */
import type { Diagnosis } from '../../agent.ts'
import { harmless } from '../cli/harmless.ts'
import { whoSeesMe } from '../cli/who-sees-me.ts'
import { type Look, type Row, wrap } from './cells.ts'
import { commandOf } from './panel-view.ts'
import type { State } from './state.ts'
import { WHY_AFTER_MS } from './waiting.ts'

export function emptyView(state: State, columns: number): Row[] {
  const { self, status, rules, now, since, flags } = state
  const rows: Row[] = [[]]
  const say = (text: string, look: Look = {}, mark = ''): void => {
    for (const [at, line] of wrap(text, Math.max(10, columns - 4 - mark.length)).entries())
      rows.push([
        { text: '  ' },
        { text: at === 0 ? mark : ' '.repeat(mark.length), bold: true },
        { text: line, ...look },
      ])
  }
  const mesh = self === undefined ? '' : ` on the mesh "${harmless(self.mesh)}"`
  if (now - since < WHY_AFTER_MS) say(`Looking for people on this network${mesh}…`, { bold: true })
  else {
    say(`Nobody found yet${mesh}. Your Nigh keeps looking.`, { bold: true })
    rows.push([])
    for (const { text, look } of why(state)) say(text, look)
  }
  rows.push([])
  say('What you can do:')
  say('add somebody by their address or card, wherever they are', {}, 'a  ')
  say('show your own card, for them to type or photograph', {}, 'm  ')
  if (now - since >= WHY_AFTER_MS) say(`the doctor says more, and so does nigh doctor${flags}`, {}, 'd  ')
  say('all keys', {}, '?  ')
  if (self !== undefined && status !== undefined && rules !== undefined) {
    rows.push([])
    say(whoSeesMe(self, status, rules), { dim: true })
  }
  return rows
}

/** What the doctor found; until it has, what the mesh complained of, or what it usually is. */
function why({ diagnosis, trouble, flags }: State): { text: string; look?: Look }[] {
  if (diagnosis !== undefined && isToTheMatter(diagnosis)) {
    const command = commandOf(diagnosis, flags)
    return [
      { text: harmless(diagnosis.sentence) },
      { text: harmless(diagnosis.act) },
      ...(command === undefined ? [] : [{ text: `  ${command}`, look: { colour: 'cyan' as const } }]),
    ]
  }
  if (trouble.length > 0) return trouble.map((text) => ({ text: harmless(text) }))
  return [
    { text: 'Perhaps nobody else runs Nigh here now, or on another mesh.' },
    {
      text: 'Perhaps this network keeps its guests apart, as guest Wi-Fi does, or a firewall or a VPN takes its multicast.',
    },
  ]
}

/** "All is well" explains no empty list. */
function isToTheMatter({ cause }: Diagnosis): boolean {
  return cause !== 'fine'
}
