/**
 * A document of rules at the command line: set from stdin, or changed in an editor that loses no text. Which document
 * it is, and how it is said, the commands know.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../../agent.ts'
import { asNighError, NighError } from '../../errors.ts'
import { withOwn } from './attach.ts'
import type { Call } from './call.ts'
import { harmless } from './harmless.ts'
import { RULES_TEXT_LIMIT, readRulesText, writeRulesText } from './rules-text.ts'
import { readStdin } from './stdin-text.ts'

/** One kind of rules. */
export interface RulesDocument<InForce> {
  /** The word after `nigh rules`. */
  word: string
  ask(agent: Agent, change?: object): Promise<InForce>
  /** What is edited, and what `--json` prints. */
  documentOf(rules: InForce): object
  inWords(rules: InForce): string
}

type Answer = Promise<number>

export function commandsFor<InForce>(kind: RulesDocument<InForce>): {
  show(call: Call<object>): Answer
  set(call: Call<object>): Answer
  edit(call: Call<object>): Answer
} {
  const tell = ({ print, around }: Call<object>, rules: InForce): number => {
    print.print({ event: 'rule', at: around.now().toISOString(), ...kind.documentOf(rules) }, () =>
      kind.inWords(rules),
    )
    return 0
  }

  const put = async (call: Call<object>, text: string): Answer => {
    const document = readRulesText(text)
    return withOwn(call, async ({ agent }) => tell(call, await kind.ask(agent, document)))
  }

  return {
    show: (call) => withOwn(call, async ({ agent }) => tell(call, await kind.ask(agent))),

    async set(call) {
      const text = await readStdin(call.around, {
        limit: RULES_TEXT_LIMIT,
        tooLarge: 'The rules are larger than 128 KiB. Groups make lists short.',
        prompt: 'Type the rules; Ctrl-D on an empty line sets them, Ctrl-C does not.',
      })
      return put(call, text)
    },

    async edit(call) {
      const { around, print } = call
      // The home is let go of while the person thinks.
      const before = await withOwn(call, async ({ agent }) =>
        writeRulesText(kind.documentOf(await kind.ask(agent))),
      )
      // A folder that nobody else may enter, so that the text is private from its first byte.
      const folder = await mkdtemp(join(tmpdir(), 'nigh-rules-'))
      const file = join(folder, `${kind.word}.json`)
      await writeFile(file, before, { mode: 0o600, flag: 'wx' })
      let kept = false
      const keep = (cause: unknown): NighError => {
        kept = true
        return keptIn(file, kind.word, asNighError(cause))
      }
      try {
        while (true) {
          const ended = await around.edit(file).catch(asNighError)
          const text = await readFile(file, 'utf8')
          if (text === before) {
            if (ended !== undefined) throw ended
            print.note('Nothing was changed.')
            return 0
          }
          if (ended !== undefined) throw keep(ended)
          const mistake = await put(call, text).then(() => undefined, asNighError)
          if (mistake === undefined) return 0
          if (!isMistake(mistake)) throw keep(mistake)
          print.note(`nigh: ${harmless(mistake.message)}`)
          for (const choice of mistake.choices ?? []) print.note(`  ${harmless(choice)}`)
          const answer = await around.ask('Nothing was changed. Go on editing? [Y/n] ')
          if (answer === undefined || /^\s*n/i.test(answer)) throw keep(mistake)
        }
      } finally {
        if (!kept) await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Something in the text that the person can mend. */
function isMistake({ code }: NighError): boolean {
  return [
    'usage',
    'who-unknown',
    'who-ambiguous',
    'own-address',
    'malformed-address',
    'malformed-card',
  ].includes(code)
}

function keptIn(file: string, word: string, { code, message, choices }: NighError): NighError {
  return new NighError(
    code,
    `${message} Your text is kept in ${file}. To set it: nigh rules ${word} set - < ${file}`,
    choices === undefined ? {} : { choices },
  )
}
