/** `nigh` alone: the chat screen where there is a terminal to show it on, otherwise `nigh up`. */
import type { Call } from '../call.ts'

export async function nigh(call: Call<object>): Promise<number> {
  const { around, globals, print } = call
  const terminal = globals.json === true ? undefined : around.terminal()
  if (terminal !== undefined && around.env.TERM !== 'dumb')
    return (await import('../../tui/chat.run.ts')).chat(call, terminal)
  if (terminal !== undefined)
    print.note('This terminal (TERM=dumb) cannot show a screen: what happens is printed line by line.')
  return (await import('./up.run.ts')).up(call)
}
