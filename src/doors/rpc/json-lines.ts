/** JSON-RPC messages as lines of a wire: the reader and the writer that vscode-jsonrpc asks for. */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  Message,
} from './json-rpc.ts'
import { fits, type Wire } from './wire.ts'

/** Longest line of an answer, in bytes: a client reads no more, so a server sends no more. A guess at "too much at once". */
export const ANSWER_LIMIT = 64 * 1024 * 1024

export class JsonLineReader extends AbstractMessageReader {
  readonly #wire: Wire

  constructor(wire: Wire) {
    super()
    this.#wire = wire
  }

  listen(callback: DataCallback): Disposable {
    this.#wire.onClose(() => this.fireClose())
    this.#wire.each((line) => {
      try {
        callback(messageOf(line))
      } catch {
        // No JSON, or no JSON-RPC: whoever speaks like this does not know our language.
        this.#wire.destroy()
      }
    })
    return Disposable.create(() => {})
  }
}

export class JsonLineWriter extends AbstractMessageWriter {
  readonly #wire: Wire

  constructor(wire: Wire) {
    super()
    this.#wire = wire
    wire.onClose(() => this.fireClose())
  }

  write(message: Message): Promise<void> {
    this.#wire.send(lineOf(message))
    return Promise.resolve()
  }

  end(): void {
    this.#wire.end()
  }
}

function lineOf(message: Message): string {
  const line = JSON.stringify(message)
  if (!Message.isResponse(message) || fits(line, ANSWER_LIMIT)) return line
  const error = {
    code: -32000,
    message: 'That is more than fits into one answer. Ask for fewer with --limit.',
    data: { code: 'too-large' },
  }
  return JSON.stringify({ jsonrpc: '2.0', id: message.id, error })
}

function messageOf(line: string): Message {
  const message: unknown = JSON.parse(line)
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw new Error('no message')
  return message as Message
}
