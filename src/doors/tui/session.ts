/**
 * The hallway of the screen: events of the Agent and keys go into the state, what the state asks goes to the Agent.
 * When the peer ends or hands the home over, it says so and connects again.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { AgentEvent } from '../../agent.ts'
import type { Call } from '../cli/call.ts'
import { readerOf } from '../cli/presence-words.ts'
import { asks, foundAt, sentenceOf } from './asks.ts'
import { READ_ELSEWHERE_MS, stillCalls } from './calling.ts'
import { attachedTo, type Connection, runHere } from './connection.ts'
import { type Drafts, draftsIn } from './drafts.ts'
import { frame } from './frame.ts'
import { happened } from './happened.ts'
import type { Happening } from './happening.ts'
import type { Key } from './key.ts'
import { type Ask, answers, beginning, type Changed, draftsOf, type Size, type State } from './state.ts'
import type { Picture } from './talk-view.ts'
import { focused, touched } from './touched.ts'

/** How often a home whose peer ended is looked at, ms. */
const AGAIN_EVERY_MS = 300
/** Time goes on: searching becomes why, ages grow, ms. */
const TICK_MS = 1_000
/** Proof that changes nothing is no event, nor is what I choose elsewhere: both are read anew so often, in ticks. */
const LOOK_EVERY = 15

/** Whoever leaves is not kept longer, ms. */
const STANDS_UP_WITHIN_MS = 300

/** The part of the screen that is of glass. */
export interface Glass {
  show(picture: Picture): void
  /** Gives the terminal back to the shell until the process is continued. */
  suspend(): void
  redraw(): void
  /** Rings, and shows a notification. */
  call(call: Extract<Ask, { ask: 'call' }>): void
}

export interface Session {
  press(keys: readonly Key[]): void
  /** The window has the keys, or another one. */
  focus(isHere: boolean): void
  resize(size: Size): void
  /** Until the person leaves, or our own peer is ended. */
  run(first: Connection): Promise<Connection>
  leave(): void
}

export function createSession(call: Call<object>, size: Size, glass: Glass): Session {
  const { around } = call
  const leaving = new AbortController()
  const now = (): number => around.now().getTime()
  const { language } = readerOf(around)
  const seat = randomUUID()
  let state: State = beginning(size, now(), call.home.flags)
  let ask: ReturnType<typeof asks> | undefined
  let runItHere = new AbortController()
  let drawing = false
  let drafts: Drafts | undefined

  /** Many things may happen before a frame: each is drawn once. */
  const draw = (): void => {
    if (drawing) return
    drawing = true
    setImmediate(() => {
      drawing = false
      glass.show(frame(state, language))
    })
  }

  const change = ([next, asked]: Changed): void => {
    if (next.talks !== state.talks) drafts?.keep(draftsOf(next))
    state = next
    for (const each of asked) perform(each)
    draw()
  }

  const tell = (happening: Happening): void => change(happened(state, happening, now()))

  const perform = (asked: Ask): void => {
    switch (asked.ask) {
      case 'quit':
        return leaving.abort()
      case 'suspend':
        return glass.suspend()
      case 'redraw':
        return glass.redraw()
      case 'call':
        return void after(READ_ELSEWHERE_MS, undefined, { ref: false }).then(() => {
          if (stillCalls(state, asked)) glass.call(asked)
        })
      case 'run here':
        return runItHere.abort()
      default:
        if (answers(state)) ask?.(asked)
    }
  }

  /** Reads events until there are no more. */
  const follow = async ({ agent, as }: Connection): Promise<void> => {
    const events = agent.events({}, { signal: leaving.signal })[Symbol.asyncIterator]()
    const first = await events.next()
    if (first.done) return
    const found = await foundAt(agent, first.value.seq)
    ask = asks(agent, seat, tell, () => state.seq)
    tell({ event: 'started', as, found })
    drafts ??= await draftsIn(found.self.home)
    tell({ event: 'drafts', drafts: drafts.before })
    for (let next: IteratorResult<AgentEvent> = first; !next.done; next = await events.next())
      tell(next.value)
  }

  /** The next peer of the home, however long it takes; one of our own as soon as the person wants it. */
  const next = async (): Promise<Connection | undefined> => {
    runItHere = new AbortController()
    const either = AbortSignal.any([leaving.signal, runItHere.signal])
    while (!leaving.signal.aborted) {
      try {
        const found = runItHere.signal.aborted ? await runHere(call) : await attachedTo(call)
        if (found !== undefined) return found
      } catch (cause) {
        runItHere = new AbortController()
        tell({ event: 'failed', sentence: sentenceOf(cause) })
      }
      await after(AGAIN_EVERY_MS, undefined, { signal: either }).catch(() => {})
    }
    return undefined
  }

  /** A peer that runs on is told that nobody sits here; one that does not answer in time notices by itself. */
  const stoodUp = async ({ as, agent }: Connection): Promise<void> => {
    if (as === 'own' || !answers(state)) return
    const told = agent.atTheKeys({ seat, input: null }).catch(() => {})
    await Promise.race([told, after(STANDS_UP_WITHIN_MS, undefined, { ref: false })])
  }

  let ticks = 0
  const ticking = setInterval(() => {
    ticks += 1
    tell({ event: 'tick' })
    if (ticks % LOOK_EVERY !== 0) return
    perform({ ask: 'people' })
    perform({ ask: 'me' })
  }, TICK_MS)

  draw()
  return {
    press(keys) {
      for (const key of keys) change(touched(state, key, now()))
    },
    focus: (isHere) => change(focused(state, isHere, now())),
    resize: (to) => tell({ event: 'size', size: to }),
    leave: () => leaving.abort(),
    async run(first) {
      let connection = first
      try {
        for (;;) {
          await follow(connection).catch((cause: unknown) => {
            if (connection.as === 'own') throw cause
          })
          // Our own peer ends when somebody asked it to, and this screen is its terminal.
          if (leaving.signal.aborted || connection.as === 'own') return connection
          tell({ event: 'lost', handedOver: connection.handedOver })
          await connection.leave()
          const found = await next()
          if (found === undefined) return connection
          connection = found
        }
      } finally {
        clearInterval(ticking)
        await stoodUp(connection)
        await drafts?.written()
      }
    },
  }
}
