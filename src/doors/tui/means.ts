/** What a terminal can show, as far as its environment says. */

type Env = Readonly<Record<string, string | undefined>>

/** NO_COLOR: colours off, whatever it is set to. */
export function coloursIn({ NO_COLOR }: Env): boolean {
  return NO_COLOR === undefined || NO_COLOR === ''
}

/** Whether the locale has no UTF-8: then our signs and lines are ASCII. What others wrote is left as it is. */
export function isAscii({ LC_ALL, LC_CTYPE, LANG }: Env): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? 'C'
  return !/utf-?8/i.test(locale)
}

const PLAIN: Readonly<Record<string, string>> = {
  '●': '*',
  '○': 'o',
  '×': 'x',
  '✓': '+',
  '›': '>',
  '·': '.',
  '•': '*',
  '…': '~',
  '│': '|',
  '─': '-',
  '└': '\\',
  '⋮': ':',
  '↑': '^',
  '↓': 'v',
  '↳': '>',
  '→': '>',
}

export function asciiOf(text: string): string {
  return text.replace(/[●○×✓›·•…│─└⋮↑↓→↳]/g, (sign) => PLAIN[sign] ?? sign)
}
