/** Which home is meant: `--home` before `--as` before `NIGH_HOME` before the profile `default`. */
import { join, resolve } from 'node:path'
import { NighError } from '../../errors.ts'

/** A home as it was chosen. */
export interface ChosenHome {
  folder: string
  /** Display name if the home is made now. */
  nameAtBirth: string
  /** The options that choose it again, for commands to paste into another terminal; '' for the default. */
  flags: string
}

export interface HomeChoice {
  home?: string
  as?: string
}

/** What is asked of the outside: the folder for data and the name of the person at the keyboard. */
export interface HomeGrounds {
  NIGH_HOME: string | undefined
  data: string
  osUser: string
}

/** Profile names are folder names on every platform, and safe in every shell. */
const PROFILE = /^[a-z0-9_-]{1,32}$/

export function whichHome({ home, as }: HomeChoice, { NIGH_HOME, data, osUser }: HomeGrounds): ChosenHome {
  if (as !== undefined && !PROFILE.test(as)) {
    throw new NighError(
      'usage',
      `"${as}" cannot be a profile. Use 1 to 32 of a-z, 0-9, "_" and "-", as in: nigh --as alice`,
    )
  }
  if (home !== undefined) {
    if (home === '') throw new NighError('usage', '--home needs a folder, as in: nigh --home ./alice')
    return chosen(resolve(home), as ?? osUser, as)
  }
  if (as !== undefined) return { folder: profile(data, as), nameAtBirth: as, flags: ` --as ${as}` }
  if (NIGH_HOME) return chosen(resolve(NIGH_HOME), osUser)
  return { folder: profile(data, 'default'), nameAtBirth: osUser, flags: '' }
}

function chosen(folder: string, nameAtBirth: string, as?: string): ChosenHome {
  return { folder, nameAtBirth, flags: ` --home ${quoted(folder)}${as === undefined ? '' : ` --as ${as}`}` }
}

function profile(data: string, name: string): string {
  return join(resolve(data), 'homes', name)
}

/** For a POSIX shell; on Windows double quotes do. */
function quoted(path: string): string {
  if (/^[\w./:\\~+-]+$/.test(path)) return path
  return process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`
}
