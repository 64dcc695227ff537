/**
 * A peer of the day after tomorrow: it is heard, takes links, and speaks a version that nobody here knows yet. Its first
 * word is its peer id.
 */
import { encodeMessageFrame } from '../../../src/envelope/message-frame.ts'
import { encodePresenceFrame } from '../../../src/envelope/presence-frame.ts'
import { VERSION } from '../../../src/envelope/protocol.ts'
import { libp2pMesh } from '../../../src/mesh/node.ts'
import { DEFAULT_MESH, meshHash } from '../../../src/principal/mesh-name.ts'
import { makeKey } from '../../../src/principal/principal.ts'

const hash = meshHash(DEFAULT_MESH)
const hello = {
  kind: 'hello',
  version: VERSION + 8,
  oldest: VERSION + 8,
  instance: '0'.repeat(32),
  mesh: hash,
  visiting: false,
  beatInterval: 2_000,
  presence: true,
  messages: true,
} as const

const mesh = await libp2pMesh({ privateKey: await makeKey(), port: 0, meshHash: hash })
mesh.onLink((link) => {
  link.onChannel((channel) => {
    channel.onFrame(() => {})
    channel.send(channel.kind === 'presence' ? encodePresenceFrame(hello) : encodeMessageFrame(hello))
  })
})
mesh.air.onAsked(() => mesh.air.answer({}))
await mesh.start()
mesh.air.answer({})
process.stdout.write(`${mesh.self}\n`)
