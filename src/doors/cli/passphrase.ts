/**
 * A passphrase, from where it is not seen: NIGH_PASSPHRASE, the terminal, or the first line of stdin. Never from the
 * command line, which every user of the machine can read.
 */
import { NighError } from '../../errors.ts'
import { readStdin } from './stdin-text.ts'
import type { Surroundings } from './surroundings.ts'

/** More than any passphrase has, and a file by mistake is not read to its end. */
const STDIN_LIMIT = 4096

/** `fresh`: it is chosen now, so on a terminal it has to be typed twice. */
export async function passphraseFrom(around: Surroundings, { fresh }: { fresh: boolean }): Promise<string> {
  const given =
    around.env.NIGH_PASSPHRASE ?? (around.stdin.isTTY ? await typed(around, fresh) : await piped(around))
  if (given !== undefined && given !== '') return given
  throw new NighError(
    'usage',
    'A passphrase is needed. Type it on a terminal, or give it on stdin or in the variable NIGH_PASSPHRASE.',
  )
}

async function typed(around: Surroundings, fresh: boolean): Promise<string | undefined> {
  const first = await around.askSecretly('Passphrase: ')
  if (!fresh || first === undefined || first === '') return first
  const second = await around.askSecretly('The same again: ')
  if (first === second) return first
  throw new NighError('usage', 'The two are not the same. Nothing was written.')
}

async function piped(around: Surroundings): Promise<string | undefined> {
  const text = await readStdin(around, {
    limit: STDIN_LIMIT,
    tooLarge: 'What came on stdin is longer than any passphrase.',
    prompt: '',
  })
  return text.split(/\r?\n/, 1)[0]
}
