/**
 * Draws docs/two-terminals.svg: a real conversation between two real peers on loopback, so that the picture in the
 * README shows what was run and nothing else.
 *
 *     node scripts/picture.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../bin/nigh.js', import.meta.url))
const OUT = fileURLToPath(new URL('../docs/two-terminals.svg', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'nigh-picture-'))
const env = { ...process.env, XDG_DATA_HOME: data, NIGH_INTERFACE: 'lo', NIGH_MESH: 'picture', NO_COLOR: '1' }

/** What one terminal shows, in order: what was typed, and what came. */
class Terminal {
  readonly lines: { text: string; typed: boolean }[] = []

  add(text: string, typed = false): void {
    for (const line of text.trimEnd().split('\n')) this.lines.push({ text: line, typed })
  }

  /** Types a command and waits for its end. */
  async run(...args: string[]): Promise<void> {
    this.add(`$ nigh ${args.map((arg) => (/[^\w-]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`, true)
    const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk: Buffer) => this.add(String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => this.add(String(chunk)))
    await new Promise((resolve) => child.on('close', resolve))
  }

  /** Types a command that goes on running; resolves when `sign` was printed. */
  async start(sign: RegExp, ...args: string[]): Promise<ChildProcess> {
    this.add(`$ nigh ${args.join(' ')}`, true)
    const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (chunk: Buffer) => this.add(String(chunk)))
    await this.shows(sign)
    return child
  }

  async shows(sign: RegExp): Promise<void> {
    for (let tries = 0; !this.lines.some((line) => sign.test(line.text)); tries += 1) {
      if (tries > 200)
        throw new Error(`never seen: ${sign}\n${this.lines.map((line) => line.text).join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const alice = new Terminal()
const bob = new Terminal()
const peers: ChildProcess[] = []
try {
  peers.push(await bob.start(/Ctrl-C/, 'up', '--as', 'bob'))
  const quiet = new Terminal()
  peers.push(await quiet.start(/bob came/, 'up', '--as', 'alice'))
  await bob.shows(/alice came/)
  await alice.run('who', '--as', 'alice')
  await alice.run('send', '--as', 'alice', 'bob', 'Lunch?')
  await bob.shows(/1 request/)
  bob.add('')
  await alice.run('contacts', 'add', 'bob', '--as', 'alice')
  const answer = new Terminal()
  await answer.run('accept', 'alice', '--contact', '--as', 'bob')
  await answer.run('status', '--note', 'hungry', '--as', 'bob')
  await answer.run('send', '--as', 'bob', 'alice', 'At noon.')
  await alice.run('who', '--as', 'alice')
  await alice.run('inbox', '--with', 'bob', '--as', 'alice')
  writeFileSync(OUT, drawn([alice, bob]))
} finally {
  for (const peer of peers) peer.kill('SIGINT')
  await Promise.all(peers.map((peer) => new Promise((resolve) => peer.on('exit', resolve))))
  rmSync(data, { recursive: true, force: true })
}

function drawn(terminals: readonly Terminal[]): string {
  const [width, lineHeight, pad] = [760, 18, 16]
  let top = 0
  const boxes = terminals.map(({ lines }) => {
    const height = lines.length * lineHeight + 2 * pad
    const texts = lines.map(({ text, typed }, index) => {
      const y = top + pad + (index + 0.75) * lineHeight
      return `<text x="${pad}" y="${y}" fill="${typed ? '#f2d479' : '#e6e6e6'}" xml:space="preserve">${escaped(text)}</text>`
    })
    const box = `<rect y="${top}" width="${width}" height="${height}" rx="8" fill="#1e2227"/>${texts.join('')}`
    top += height + 12
    return box
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top - 12}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" role="img" aria-label="Two terminals: Alice asks Bob for lunch">${boxes.join('')}</svg>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char)
}
