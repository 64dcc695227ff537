/**
 * Yamux that grants more room when half of it is used, as the reference implementation does, not after every frame.
 * The one in JavaScript answers each data frame with a window update: one more encryption, write, read and decryption
 * for every message, receipt and announcement.
 */
import type { yamux } from '@libp2p/yamux'
import type { YamuxStream } from '@libp2p/yamux/stream'

type Yamux = ReturnType<typeof yamux>

/** The parts of a stream that are looked at; it declares the two numbers private. */
interface Windowed {
  state: number
  recvWindow: number
  recvWindowCapacity: number
}

/** `StreamState.Established`: in every other state an update carries a flag, or says something else than room. */
const ESTABLISHED = 3

/** Where a muxer makes every stream of its own, both directions. It declares it private. */
interface MakesStreams {
  _newStream(...options: unknown[]): YamuxStream
}

/** `make`, its streams granting room by halves. */
export function thriftyWindows(make: Yamux): Yamux {
  return () => {
    const factory = make()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      const makes = muxer as unknown as MakesStreams
      const newStream = makes._newStream.bind(muxer)
      makes._newStream = (...options) => thrifty(newStream(...options))
      return muxer
    }
    return factory
  }
}

function thrifty(stream: YamuxStream): YamuxStream {
  const update = stream.sendWindowUpdate.bind(stream)
  const windowed = stream as unknown as Windowed
  stream.sendWindowUpdate = () => {
    const { state, recvWindow, recvWindowCapacity } = windowed
    if (state !== ESTABLISHED || recvWindowCapacity < recvWindow / 2) update()
  }
  return stream
}
