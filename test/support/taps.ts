/** Taps on the wire: what crosses a mesh, seen at the moment it leaves or arrives, without changing any of it. */
import type { Channel, ChannelKind, Link, Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

export interface MeshTap {
  /** We call somebody. */
  onDial?(peer: PeerId): void
  /** An announcement of ours leaves. */
  onPublish?(announcement: Uint8Array): void
  /** A frame of ours leaves on a channel. */
  onSend?(kind: ChannelKind, frame: Uint8Array, link: Link): void
  /** A frame of a neighbour's came on a channel. */
  onReceive?(link: Link, kind: ChannelKind, frame: Uint8Array): void
  /** An announcement came by the carrier and was judged good. */
  onHear?(announcement: Uint8Array): void
  /** A channel of ours is up, bare: for frames that no peer of ours would send. */
  onChannel?(channel: Channel): void
}

export function tapped(mesh: Mesh, tap: MeshTap): Mesh {
  const channel = (real: Channel): Channel => {
    tap.onChannel?.(real)
    return proxied(real, {
      send(frame: Uint8Array) {
        tap.onSend?.(real.kind, frame, real.link)
        real.send(frame)
      },
      onFrame(listener: (frame: Uint8Array) => void) {
        real.onFrame((frame) => {
          tap.onReceive?.(real.link, real.kind, frame)
          listener(frame)
        })
      },
    })
  }
  const link = (real: Link): Link =>
    proxied(real, {
      open: async (kind: ChannelKind, options: { signal: AbortSignal }) =>
        channel(await real.open(kind, options)),
      onChannel: (listener: (opened: Channel) => void) =>
        real.onChannel((opened) => listener(channel(opened))),
    })
  return proxied(mesh, {
    dial(peer: PeerId, ...how: [readonly string[], Parameters<Mesh['dial']>[2]]) {
      tap.onDial?.(peer)
      return mesh.dial(peer, ...how)
    },
    onLink: (listener: (up: Link) => void) => mesh.onLink((up) => listener(link(up))),
    carrier: proxied(mesh.carrier, {
      publish(announcement: Uint8Array) {
        tap.onPublish?.(announcement)
        return mesh.carrier.publish(announcement)
      },
      onAnnouncement: (listener: (announcement: Uint8Array, neighbour: PeerId) => void) =>
        mesh.carrier.onAnnouncement((announcement, neighbour) => {
          tap.onHear?.(announcement)
          listener(announcement, neighbour)
        }),
    }),
  })
}

/** `real` with some members replaced; getters stay live. */
function proxied<Thing extends object>(real: Thing, instead: Partial<Thing>): Thing {
  return new Proxy(real, {
    get(target, name) {
      const own = Reflect.get(instead, name)
      if (own !== undefined) return own
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
