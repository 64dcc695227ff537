/** The first frame of each channel, both ways: who speaks which version, in which mesh, since which start. */
import { create } from '@bufbuild/protobuf'
import {
  Goodbye_Why,
  type Goodbye as GoodbyeWire,
  HelloSchema,
  type Hello as HelloWire,
} from './generated/channel_pb.ts'
import { exactly, safeNumber } from './opening.ts'
import { INSTANCE_BYTES, MESH_HASH_BYTES, OLDEST_VERSION, VERSION } from './protocol.ts'

export interface Hello {
  version: number
  oldest: number
  /** Random per process start, hex: a new one marks a restart. */
  instance: string
  /** Hash of the mesh name, 16 hex digits. */
  mesh: string
  visiting: boolean
  /** ms wished between beats. */
  beatInterval: number
  presence: boolean
  messages: boolean
}

/** Why a peer hangs up. `rejected` is the one honest refusal a blocked key gets; after `no-place` it lives on. */
export type GoodbyeWhy =
  | 'leaving'
  | 'sleeping'
  | 'other-mesh'
  | 'other-version'
  | 'rejected'
  | 'double'
  | 'no-place'

export interface Goodbye {
  why: GoodbyeWhy
  /** ms until we expect to be back. */
  backIn?: number
}

export function helloToWire(hello: Hello): HelloWire {
  return create(HelloSchema, {
    ...hello,
    instance: Buffer.from(hello.instance, 'hex'),
    mesh: Buffer.from(hello.mesh, 'hex'),
  })
}

export function helloFromWire(wire: HelloWire): Hello {
  return {
    version: wire.version,
    oldest: wire.oldest,
    instance: Buffer.from(exactly(wire.instance, INSTANCE_BYTES, 'instance')).toString('hex'),
    mesh: Buffer.from(exactly(wire.mesh, MESH_HASH_BYTES, 'mesh')).toString('hex'),
    visiting: wire.visiting,
    beatInterval: wire.beatInterval,
    presence: wire.presence,
    messages: wire.messages,
  }
}

/** True if both sides understand a common version. */
export function understands(hello: Pick<Hello, 'version' | 'oldest'>): boolean {
  return hello.oldest <= VERSION && hello.version >= OLDEST_VERSION
}

const WHY: Record<GoodbyeWhy, Goodbye_Why> = {
  leaving: Goodbye_Why.LEAVING,
  sleeping: Goodbye_Why.SLEEPING,
  'other-mesh': Goodbye_Why.OTHER_MESH,
  'other-version': Goodbye_Why.OTHER_VERSION,
  rejected: Goodbye_Why.REJECTED,
  double: Goodbye_Why.DOUBLE,
  'no-place': Goodbye_Why.NO_PLACE,
}

export function goodbyeToWire(goodbye: Goodbye): { why: Goodbye_Why; backIn: bigint } {
  return { why: WHY[goodbye.why], backIn: BigInt(Math.max(0, Math.round(goodbye.backIn ?? 0))) }
}

/** A reason from the future is a plain leaving. */
export function goodbyeFromWire(wire: GoodbyeWire): Goodbye {
  const known = (Object.keys(WHY) as GoodbyeWhy[]).find((why) => WHY[why] === wire.why)
  return {
    why: known ?? 'leaving',
    ...(wire.backIn === 0n ? {} : { backIn: safeNumber(wire.backIn, 'back in') }),
  }
}
