/** `nigh rules delivery`: whose messages are taken, held or refused, shown as sentences and changed as one document. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeliveryRules, DeliveryRulesInForce } from '../../../agent.ts'
import { asNighError, NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { RULES_TEXT_LIMIT, readRulesText, writeRulesText } from '../rules-text.ts'
import { readStdin } from '../stdin-text.ts'

export async function show(call: Call<object>): Promise<number> {
  return withOwn(call, async ({ agent }) => tell(call, await agent.deliveryRules()))
}

export async function set(call: Call<object>): Promise<number> {
  const text = await readStdin(call.around, {
    limit: RULES_TEXT_LIMIT,
    tooLarge: 'The rules are larger than 128 KiB. Groups make lists short.',
    prompt: 'Type the rules; Ctrl-D on an empty line sets them, Ctrl-C does not.',
  })
  return put(call, text)
}

export async function edit(call: Call<object>): Promise<number> {
  const { around, print } = call
  // The home is let go of while the person thinks.
  const before = await withOwn(call, async ({ agent }) =>
    writeRulesText(documentOf(await agent.deliveryRules())),
  )
  // A folder that nobody else may enter, so that the text is private from its first byte.
  const folder = await mkdtemp(join(tmpdir(), 'nigh-rules-'))
  const file = join(folder, 'delivery.json')
  await writeFile(file, before, { mode: 0o600, flag: 'wx' })
  let kept = false
  const keep = (cause: unknown): NighError => {
    kept = true
    return keptIn(file, asNighError(cause))
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
}

async function put(call: Call<object>, text: string): Promise<number> {
  const document = readRulesText(text)
  return withOwn(call, async ({ agent }) => tell(call, await agent.deliveryRules(document as DeliveryRules)))
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

function keptIn(file: string, { code, message, choices }: NighError): NighError {
  return new NighError(
    code,
    `${message} Your text is kept in ${file}. To set it: nigh rules delivery set - < ${file}`,
    choices === undefined ? {} : { choices },
  )
}

function documentOf({ inboxes }: DeliveryRulesInForce): DeliveryRules {
  return { inboxes }
}

function tell({ print, around }: Call<object>, rules: DeliveryRulesInForce): number {
  print.print({ event: 'rule', at: around.now().toISOString(), ...documentOf(rules) }, () =>
    rules.inWords
      .flatMap(({ inbox, address, rules: sentences, otherwise }) => [
        `Inbox ${inbox} (${address})`,
        ...sentences.map((sentence, index) => `  ${index + 1}. ${harmless(sentence)}`),
        ...(otherwise === undefined ? [] : [`  ${otherwise.charAt(0).toUpperCase()}${otherwise.slice(1)}`]),
      ])
      .join('\n'),
  )
  return 0
}
