/** Sleep, wake, lock and idleness, told to the peer. */
import type { PowerMonitor } from 'electron'
import type { Agent } from '../../agent.ts'
import { userInputNow } from '../user-input.ts'

/** How often it is looked whether somebody is at the keys, ms. */
const LOOK_EVERY_MS = 15_000

export interface PowerWatch {
  /** The peer runs anew, and nobody has told it whether somebody is at the keys. */
  anew(): void
  stop(): void
}

export function watchPower(
  powerMonitor: Pick<PowerMonitor, 'on' | 'removeListener' | 'getSystemIdleTime'>,
  peer: Pick<Agent, 'status'> & { suspend(): Promise<void>; resume(): Promise<void> },
  idleAfterSeconds: number,
): PowerWatch {
  let locked = false
  let shown: 'active' | 'idle' | undefined
  const inBackground = (work: Promise<unknown>): void => {
    // A peer that is closing has nothing to show.
    work.catch(() => {})
  }
  const look = (): void => {
    if (idleAfterSeconds <= 0) return
    const idleSeconds = powerMonitor.getSystemIdleTime()
    const input = userInputNow(shown, { idleSeconds, locked, now: Date.now() }, idleAfterSeconds)
    if (input === undefined) return
    shown = input.state
    inBackground(peer.status({ userInput: input }))
  }
  const anew = (): void => {
    shown = undefined
    look()
  }
  const lock = (): void => {
    locked = true
    look()
  }
  const unlock = (): void => {
    locked = false
    look()
  }
  const suspend = (): void => inBackground(peer.suspend())
  const resume = (): void => inBackground(peer.resume().then(anew))
  powerMonitor.on('suspend', suspend)
  powerMonitor.on('resume', resume)
  powerMonitor.on('lock-screen', lock)
  powerMonitor.on('unlock-screen', unlock)
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return {
    anew,
    stop() {
      clearInterval(timer)
      powerMonitor.removeListener('suspend', suspend)
      powerMonitor.removeListener('resume', resume)
      powerMonitor.removeListener('lock-screen', lock)
      powerMonitor.removeListener('unlock-screen', unlock)
    },
  }
}
