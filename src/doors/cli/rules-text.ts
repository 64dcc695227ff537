/** Rules as a person writes them: JSON, whose mistakes are named with line and column. What they mean the agent judges. */
import { NighError } from '../../errors.ts'

/** Bytes of a text that is read: the largest document (32 KiB) four times, for blanks and line ends. */
export const RULES_TEXT_LIMIT = 128 * 1024

/** The document in `text`. A line that `--json` printed is one as well. Throws `usage`. */
export function readRulesText(text: string): object {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    const what = cause instanceof Error ? (cause.message.split(/,? (?:in JSON|"|\.\.\.")/)[0] ?? '') : ''
    throw new NighError('usage', `${placeOf(text)}: this is no JSON. ${what}.`)
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new NighError('usage', 'The rules are an object, as it is printed with --json.')
  const { event, at: _, ...rest } = document as Record<string, unknown>
  return event === 'rule' ? rest : document
}

/** As an editor shows it. */
export function writeRulesText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** `Line 3, column 12`: the end of the shortest beginning that no continuation could make right. */
function placeOf(text: string): string {
  let least = 0
  let most = text.length
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (isHopeless(text.slice(0, middle))) most = middle
    else least = middle + 1
  }
  const lines = text.slice(0, Math.max(0, least - 1)).split('\n')
  return `Line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** The parser stumbled before the end: what follows cannot mend it. */
function isHopeless(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return false
  } catch (cause) {
    const { message } = cause as Error
    const position = /at position (\d+)/.exec(message)?.[1]
    if (position !== undefined) return Number(position) < beginning.length && !/Unterminated/.test(message)
    return !/end of JSON input/.test(message)
  }
}
