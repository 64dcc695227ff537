/** `nigh whoami` and `nigh me`: who I am, and under which name. */
import type { Self } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { selfAsPerson, table } from '../sentences.ts'

export async function whoami(call: Call): Promise<number> {
  return withOwn(
    call,
    async ({ agent }) => {
      show(call, await agent.whoami())
      return 0
    },
    { create: true },
  )
}

export async function me(call: Call<{ name: string }>): Promise<number> {
  return withOwn(call, async ({ agent }) => {
    show(call, await agent.me({ name: call.options.name }))
    return 0
  })
}

function show({ print, around, home }: Call<object>, self: Self): void {
  print.print({ event: 'self', at: around.now().toISOString(), who: selfAsPerson(self), ...self }, () =>
    table([
      ['name', harmless(self.name)],
      ['presence', self.presence],
      ['inbox', self.inbox],
      ['card', harmless(self.card)],
      ['safety words', self.safetyWords],
      ['mesh', harmless(self.mesh)],
      ['listening', self.listen.length > 0 ? self.listen.join(' ') : `no: start with nigh up${home.flags}`],
      ['home', harmless(self.home)],
    ]).join('\n'),
  )
}
