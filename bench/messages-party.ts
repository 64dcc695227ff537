/** What every party to the measurement of messages can do, whatever it is made of, and what is sent. */
import { seeded } from './figures.ts'

/** Bytes of text per message: a long sentence. */
export const TEXT_BYTES = 200
/** At most so many unanswered at once when pipelined: what one channel of ours has in flight. */
export const WINDOW = 256
/** A message that is not answered by then ends the run. */
export const ANSWER_WITHIN_MS = 20_000

/** One side of a conversation. Alice sends, Bob receives. A type, not an interface: it is also a record of acts. */
export type MessagesParty = {
  /** Starts; resolves with what the other side needs to find it. */
  open(options: { folder: string; mesh: string }): Promise<string>
  /** Gets to know the other side; Alice is then connected and may send. */
  meet(other: string, role: 'sender' | 'receiver'): Promise<void>
  /** Sends these texts one after the other, each answered before the next; ms each. */
  oneByOne(texts: string[]): Promise<number[]>
  /** Sends all of them, WINDOW at a time; ms in all. */
  pipelined(texts: string[]): Promise<number>
  /** Ends, and reads back every text that was kept here, in the order it was kept; `undefined` where nothing is kept. */
  kept(): Promise<string[] | undefined>
}

/** Texts of TEXT_BYTES, each told apart by its number. */
export function texts(from: number, count: number, seed: number): string[] {
  const chance = seeded(seed + from)
  return Array.from({ length: count }, (_, index) => {
    let text = `${from + index} `
    while (text.length < TEXT_BYTES) text += chance().toString(36).slice(2)
    return text.slice(0, TEXT_BYTES)
  })
}

/** Runs `send` for each text, WINDOW at a time, in order; ms in all. */
export async function inWindow(
  all: readonly string[],
  send: (text: string) => Promise<void>,
): Promise<number> {
  const from = performance.now()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let text = all[next++]; text !== undefined; text = all[next++]) await send(text)
  }
  await Promise.all(Array.from({ length: WINDOW }, lane))
  return performance.now() - from
}

/** Runs `send` for each text, one after the other; ms each. */
export async function inTurn(
  all: readonly string[],
  send: (text: string) => Promise<void>,
): Promise<number[]> {
  const times: number[] = []
  for (const text of all) {
    const from = performance.now()
    await send(text)
    times.push(performance.now() - from)
  }
  return times
}
