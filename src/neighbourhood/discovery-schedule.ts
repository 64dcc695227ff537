/**
 * When to ask the network who is there, and when to answer. Answering every question at once makes 13,000 answers
 * a second on a link of 200 peers (fault N1). So: three questions at the start, then rarely, and not at all while
 * others ask, because answers are multicast and serve everybody; an answer after a random wait, one for all who
 * asked meanwhile, and never two within a second.
 *
 *     const next = schedule.next()
 *     if (next !== undefined && next.at <= now) { air[next.act](); schedule.done(next.act, now) }
 */
import {
  ANSWER_CROWD_TO_MS,
  ANSWER_FROM_MS,
  ANSWER_GAP_MS,
  ANSWER_TO_MS,
  ASK_AT,
  ASK_EVERY_FROM_MS,
  ASK_EVERY_TO_MS,
  CROWD,
} from '../envelope/protocol.ts'

export type AirAct = 'ask' | 'answer'

/** Every `now` is monotonic ms. */
export interface DiscoverySchedule {
  /** What is to be done next, and when; `undefined` before the first `restart`. */
  next(): { at: number; act: AirAct } | undefined
  /** It was done. */
  done(act: AirAct, now: number): void
  /** Start, network change or resume: ask three times, answering as well. */
  restart(now: number): void
  /** Somebody else asked. `peersKnown`: how many would answer with us. */
  heardQuestion(now: number, peersKnown: number): void
  /** A home with our key asked after us by name: it holds its breath until we answer (fault P16). */
  heardOurName(now: number): void
  /** Hidden peers ask and never answer. */
  hide(hidden: boolean): void
}

/** `chance` gives fractions in [0, 1). */
export function createDiscoverySchedule(options: {
  chance: () => number
  hidden?: boolean
}): DiscoverySchedule {
  const between = (from: number, to: number) => from + options.chance() * (to - from)
  let hidden = options.hidden ?? false
  let running = false
  let starting = false
  let asks: number[] = []
  let answerAt: number | undefined
  let lastAsk = Number.NEGATIVE_INFINITY
  let lastAnswer = Number.NEGATIVE_INFINITY

  const askLater = (now: number) => {
    asks = [now + between(ASK_EVERY_FROM_MS, ASK_EVERY_TO_MS)]
  }
  const answerNotBefore = (at: number) => {
    if (!hidden) answerAt ??= Math.max(at, lastAnswer + ANSWER_GAP_MS)
  }

  return {
    next() {
      const [askAt] = asks
      if (answerAt !== undefined && (askAt === undefined || answerAt <= askAt))
        return { at: answerAt, act: 'answer' }
      return askAt === undefined ? undefined : { at: askAt, act: 'ask' }
    },

    done(act, now) {
      if (act === 'answer') {
        answerAt = undefined
        lastAnswer = now
        return
      }
      lastAsk = now
      // Who asks also answers: where multicast passes one way only, nobody's question would ever bring it out.
      answerNotBefore(now + between(ANSWER_FROM_MS, ANSWER_TO_MS))
      // What a late timer owes is asked once, not in a burst.
      asks = asks.slice(1).filter((at) => at > now)
      if (asks.length > 0) return
      starting = false
      askLater(now)
    },

    restart(now) {
      running = true
      starting = true
      // A network that comes and goes many times a second asks no more often than a start does.
      const from = Math.max(now, lastAsk + QUICKEST_ASK_MS)
      asks = ASK_AT.map((after) => from + after)
      answerNotBefore(now)
    },

    heardQuestion(now, peersKnown) {
      if (!running) return
      // The first three are ours to ask, whoever else does: their answers may have come before we listened.
      if (!starting) askLater(now)
      answerNotBefore(now + between(ANSWER_FROM_MS, peersKnown > CROWD ? ANSWER_CROWD_TO_MS : ANSWER_TO_MS))
    },

    heardOurName(now) {
      if (!running || hidden) return
      answerAt = Math.min(
        answerAt ?? Number.POSITIVE_INFINITY,
        Math.max(now, lastAnswer + QUICKEST_ANSWER_MS),
      )
    },

    hide(next) {
      hidden = next
      if (hidden) answerAt = undefined
    },
  }
}

/** The shortest wait between two answers to our name: whoever asks for it all day gets four a second. A guess. */
const QUICKEST_ANSWER_MS = 250
/** The shortest wait between two of our own questions. */
const QUICKEST_ASK_MS = ASK_AT[1] - ASK_AT[0]
