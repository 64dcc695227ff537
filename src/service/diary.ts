/**
 * The diary: what links, dials, the air and grants do, one line each, for whoever asked for a log. It stands between the
 * hallway and its mesh and links; where nobody asked, it stands nowhere and costs nothing.
 */
import type { Log, LogEntry } from '../agent/log.ts'
import type { Air, Clock, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Links } from './links.ts'

export interface Diary {
  mesh(mesh: Mesh): Mesh
  links(links: Links): Links
}

export function createDiary(log: Log, clock: Pick<Clock, 'now'>): Diary {
  const write = (event: LogEntry['event'], facts: Omit<LogEntry, 'at' | 'event'> = {}): void =>
    log.write({ at: new Date(clock.now()).toISOString(), event, ...facts })
  const isFull = log.level === 'debug'
  const end = (peer: PeerId): string => peer.slice(-8)

  const airOf = (air: Air): Air => {
    air.onNetworkChange(() => write('networks-changed'))
    if (!isFull) return air
    air.onHeard(({ peer, network, visiting, goodbye }) =>
      write('heard', { peer: end(peer), network, visiting, ...(goodbye ? { why: 'goodbye' } : {}) }),
    )
    return {
      ...air,
      ask() {
        write('ask')
        air.ask()
      },
      answer(options) {
        write('answer', options.goodbye ? { why: 'goodbye' } : {})
        air.answer(options)
      },
    }
  }

  return {
    mesh(mesh) {
      const air = airOf(mesh.air)
      if (!isFull) return { ...mesh, air }
      return {
        ...mesh,
        air,
        dial(peer, addresses, options) {
          for (const address of addresses) write('dial', { peer: end(peer), address })
          return mesh.dial(peer, addresses, {
            ...options,
            onFailure(address, why) {
              write('dial-failed', { peer: end(peer), address, why })
              options.onFailure?.(address, why)
            },
          })
        },
      }
    },

    links(links) {
      links.listen({
        up: ({ peer, link, hello }) =>
          write('link-up', {
            peer: end(peer),
            address: link.remote.host,
            outbound: link.outbound,
            visiting: hello.visiting,
          }),
        down: (peer) => write('link-down', { peer: end(peer) }),
        missed: (peer) => write('silent', { peer: end(peer) }),
        goodbye: (peer, _, { why }) => write('goodbye', { peer: end(peer), why }),
        rejected: (peer) => write('goodbye', { peer: end(peer), why: 'rejected' }),
        presence({ peer }, frame) {
          if (frame.kind === 'grant') write('got-grant', { peer: end(peer) })
          if (frame.kind === 'state') write('got-no-grant', { peer: end(peer), why: frame.event })
        },
      })
      return {
        ...links,
        say(peer, frame) {
          if (frame.kind === 'grant') write('granted', { peer: end(peer) })
          if (frame.kind === 'state') write('not-granted', { peer: end(peer), why: frame.event })
          return links.say(peer, frame)
        },
      }
    },
  }
}
