/** Questions to the person at the terminal, on stderr: stdout is for answers to programs. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** A line typed in answer; undefined where nobody can be asked, and on Ctrl-C and Ctrl-D. */
export function ask(question: string): Promise<string | undefined> {
  return answerTo(question, process.stderr)
}

/** Nothing of the answer is shown, not even its length. */
export async function askSecretly(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_text, _encoding, done) => done() })
  try {
    return await answerTo('', nowhere)
  } finally {
    process.stderr.write('\n')
  }
}

async function answerTo(question: string, output: NodeJS.WritableStream): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  // As a terminal in any case: it is what keeps the system from showing what is typed.
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  try {
    return await new Promise<string | undefined>((resolve) => {
      terminal.once('close', () => resolve(undefined)) // Ctrl-D, Ctrl-C
      terminal.question(question, resolve)
    })
  } finally {
    terminal.close()
  }
}
