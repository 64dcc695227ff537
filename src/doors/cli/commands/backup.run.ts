/** `nigh backup` and `nigh restore`: the whole home in one file, and back. */
import { resolve } from 'node:path'
import { findRunning, withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { passphraseFrom } from '../passphrase.ts'
import { clock, count, idEnd, nameOf } from '../sentences.ts'

export async function backup(call: Call): Promise<number> {
  const { words, print, around } = call
  const [file = ''] = words
  // Where there is no home, nobody has to type first; and nobody else waits while somebody types.
  const remote = await findRunning(call)
  remote?.detach()
  const passphrase = await passphraseFrom(around, { fresh: true })
  // From here on Ctrl-C tidies up: half a backup would be nothing but a copy of the store that nobody looks after.
  const signal = around.interrupted()
  return withOwn(call, async ({ agent }) => {
    // The running peer has a working directory of its own.
    const made = await agent.backup({ file: resolve(file), passphrase }, { signal })
    print.print({ event: 'backup', ...made }, () =>
      [
        `Everything up to ${clock(made.at, around.now())} is in ${harmless(made.file)}.`,
        'Whoever has it and the passphrase is you. Without the passphrase nobody can open it, you included.',
      ].join('\n'),
    )
    return 0
  })
}

export async function restore(call: Call): Promise<number> {
  const { words, print, around, home } = call
  const [file = ''] = words
  const passphrase = await passphraseFrom(around, { fresh: false })
  const signal = around.interrupted()
  const restored = await around.restore({ home: home.folder, file: resolve(file), passphrase }, { signal })
  const { who, madeAt, unsettled } = restored
  print.print({ event: 'restored', at: around.now().toISOString(), ...restored }, () =>
    [
      `${nameOf(who)} (${idEnd(who.peerId)}) is back, in ${harmless(restored.home)}.`,
      `Messages received after ${clock(madeAt, around.now())} are not in this backup.`,
      ...(unsettled > 0
        ? [
            `Of ${count(unsettled, 'message')} it is not known what became of them. Nothing is sent again: their inboxes are asked.`,
          ]
        : []),
      'If the old home still runs somewhere, end it: two with one key disturb each other.',
      `Start with: nigh up${home.flags}`,
    ].join('\n'),
  )
  return 0
}
