/** JSON-RPC messages as one JSON object per line: the reader and the writer that vscode-jsonrpc asks for. */
import type { Socket } from 'node:net'
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node'
import type { Lines } from './lines.ts'

/** Longest line of an answer, in bytes: a client reads no more, so a server sends no more. A guess at "too much at once". */
export const ANSWER_LIMIT = 64 * 1024 * 1024

export class JsonLineReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: Socket
  readonly #lines: Lines

  constructor(socket: Socket, lines: Lines) {
    super()
    this.#socket = socket
    this.#lines = lines
  }

  listen(callback: DataCallback): Disposable {
    this.#socket.once('close', () => this.fireClose())
    this.#lines.each((line) => {
      try {
        callback(messageOf(line))
      } catch {
        // No JSON, or no JSON-RPC: whoever speaks like this does not know our language.
        this.#socket.destroy()
      }
    })
    return Disposable.create(() => {})
  }
}

export class JsonLineWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.once('close', () => this.fireClose())
  }

  /** Written at once and in order. What cannot be written is lost with its socket, whose end tells. */
  write(message: Message): Promise<void> {
    if (this.#socket.writable) this.#socket.write(lineOf(message))
    return Promise.resolve()
  }

  end(): void {
    this.#socket.end()
  }
}

function lineOf(message: Message): string {
  const line = `${JSON.stringify(message)}\n`
  if (!Message.isResponse(message) || Buffer.byteLength(line) <= ANSWER_LIMIT) return line
  const error = {
    code: -32000,
    message: 'That is more than fits into one answer. Ask for fewer with --limit.',
    data: { code: 'too-large' },
  }
  return `${JSON.stringify({ jsonrpc: '2.0', id: message.id, error })}\n`
}

function messageOf(line: string): Message {
  const message: unknown = JSON.parse(line)
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw new Error('no message')
  return message as Message
}
