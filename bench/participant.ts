/**
 * A participant: one side of a measurement in a process of its own, as in life. Who measures asks it to act by name;
 * what it answers is plain data. It ends with its last question, or when the one who asks is gone.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'

// biome-ignore lint/suspicious/noExplicitAny: what an act takes and gives is its own business
export type Acts = Record<string, (...asked: any[]) => Promise<unknown>>

/** The acts of a participant, asked from another process. */
export interface Participant<Able extends Acts> {
  ask<Name extends keyof Able & string>(name: Name, ...asked: Parameters<Able[Name]>): ReturnType<Able[Name]>
  /** CPU ms this process has used so far: says more than the clock where others share the machine. */
  cpu(): Promise<number>
  /** Ends the process, by its own hand if it can. */
  end(): Promise<void>
}

export interface ParticipantOptions {
  /** Writes a CPU profile of this process into that folder when it ends. */
  profile?: string | undefined
  /** In what a failure says, and of its profile. */
  name: string
  env?: Record<string, string>
}

/** No single question takes this long; a measurement that waits so long has failed. */
const PATIENCE_MS = 20_000

/** The one act that everybody can. */
const CPU = 'cpu'

interface Question {
  number: number
  name: string
  asked: unknown[]
}

type Answer = { number: number; answer: unknown } | { number: number; fault: string }

/** Starts `file` beside this one. */
export function participant<Able extends Acts>(
  file: string,
  { profile, name, env = {} }: ParticipantOptions,
): Participant<Able> {
  const child = fork(join(import.meta.dirname, file), [], {
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      ...(profile === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-name=${name}.cpuprofile`, `--cpu-prof-dir=${profile}`]),
    ],
    env: { ...process.env, ...env },
    serialization: 'advanced',
  })
  const open = new Map<number, { resolve(answer: unknown): void; reject(fault: Error): void }>()
  let asked = 0
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void ended.then(() => {
    for (const { reject } of open.values()) reject(new Error(`${name} ended in the middle of it`))
  })
  child.on('message', (answer: Answer) => {
    const waiting = open.get(answer.number)
    open.delete(answer.number)
    if ('fault' in answer) waiting?.reject(new Error(`${name}: ${answer.fault}`))
    else waiting?.resolve(answer.answer)
  })

  /** Of several questions under way one fails first; the others' failures are no news, and must not end the run before it has tidied up. */
  const ask = (name: string, ...what: unknown[]): Promise<unknown> => {
    const answer = answerTo(name, what)
    answer.catch(() => {})
    return answer
  }

  const answerTo = async (name: string, what: unknown[]): Promise<unknown> => {
    const number = ++asked
    const answer = new Promise((resolve, reject) => open.set(number, { resolve, reject }))
    const overdue = setTimeout(() => open.get(number)?.reject(new Error(`no answer to ${name}`)), PATIENCE_MS)
    child.send({ number, name, asked: what } satisfies Question)
    try {
      return await answer
    } finally {
      clearTimeout(overdue)
    }
  }

  return {
    ask: ask as unknown as Participant<Able>['ask'],
    cpu: () => ask(CPU) as Promise<number>,
    async end() {
      if (child.connected) child.disconnect()
      const overdue = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(overdue)
    },
  }
}

/** In the participant's own process: answers until the one who asks lets go. */
export function answering(acts: Acts, atEnd: () => Promise<void> = async () => {}): void {
  process.on('message', ({ number, name, asked }: Question) => {
    const act = name === CPU ? cpu : acts[name]
    const done = act === undefined ? Promise.reject(new Error(`it cannot ${name}`)) : act(...asked)
    done.then(
      (answer) => process.send?.({ number, answer } satisfies Answer),
      (fault: unknown) => process.send?.({ number, fault: reason(fault) } satisfies Answer),
    )
  })
  process.once('disconnect', () => void atEnd().finally(() => process.exit()))
}

async function cpu(): Promise<number> {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function reason(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
}

/** Nanoseconds of the host's monotonic clock, as ms: the same in every process of one host, unlike `performance.now`. */
export function hostClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
