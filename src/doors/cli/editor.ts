/** The person's own editor on a file: $VISUAL, else $EDITOR, else vi, as git and crontab do it. */
import { spawn } from 'node:child_process'
import { NighError } from '../../errors.ts'

/** Resolves when the editor ended. Throws `usage` where it could not be started or gave up. */
export async function editFile(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const editor = env.VISUAL || env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi')
  // A shell, because the variable may hold arguments: "code --wait".
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' })
      : spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' })
  // Ctrl-C belongs to the editor while it has the terminal.
  const leaveItToTheEditor = (): void => {}
  process.on('SIGINT', leaveItToTheEditor)
  try {
    const ended = await new Promise<string | undefined>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code === 0 ? undefined : `${signal ?? code}`))
    })
    if (ended === undefined) return
    throw new NighError(
      'usage',
      `The editor ended with ${ended}, so nothing was changed. Which one is started says EDITOR; it is ${JSON.stringify(editor)}.`,
    )
  } finally {
    process.off('SIGINT', leaveItToTheEditor)
  }
}
