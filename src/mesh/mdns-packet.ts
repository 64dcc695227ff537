/**
 * What discovery says, as DNS records (RFC 6762, RFC 6763): one PTR question for the service, and one answer
 * that names a key, a hash of the mesh and addresses, and no person. Everything read here comes unasked from
 * anyone on the link, so what is not exactly as expected is nothing at all.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Answer, Packet } from 'dns-packet'
import { HEARD_ADDRESSES_LIMIT, MESH_HASH_BYTES, SERVICE } from '../envelope/protocol.ts'
import type { PeerId } from '../principal/ids.ts'
import { needsZone } from './networks.ts'

/** Version of the answer's grammar. */
const TXT_VERSION = '1'
/** RFC 6762 section 10: 120 s for what hangs on addresses. Nobody here expires by it; others on the link may. */
const TTL_S = 120
/** Answers read from one packet, strings from one answer, characters of one string (RFC 1035: at most 255). */
const ANSWERS_LIMIT = 8
const STRINGS_LIMIT = 6 + HEARD_ADDRESSES_LIMIT
const STRING_LIMIT = 120
const LIFE = /^[0-9a-f]{8}$/
/** Milliseconds since 1970 in hexadecimal: 12 digits reach beyond the year 10000. */
const INSTANT = /^[1-9a-f][0-9a-f]{0,11}$/
const MESH_HASH = new RegExp(`^[0-9a-f]{${2 * MESH_HASH_BYTES}}$`)
/** An Ed25519 key as libp2p writes it in base58btc. */
const PEER_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/
const ADDRESS = /^\/ip([46])\/([0-9a-fA-F.:]{2,45})\/tcp\/([1-9][0-9]{0,4})$/

/** One peer's answer as it came: where its addresses lie is not looked at here. */
export interface Answered {
  peer: PeerId
  mesh: string
  addresses: string[]
  visiting: boolean
  /** It has just been started: when, by its own clock, in ms since 1970. Nobody learns it later (it says how long a person is here). */
  startedAt?: number
  /** Random per process, 8 hex digits: tells two homes with one key apart. */
  life?: string
  goodbye: boolean
}

/**
 * The question; `id` lets the asker know its own question when it comes back. `after` also asks after one peer by name,
 * as RFC 6762 8.1 has it for names one is about to use.
 */
export function question(id: number, after?: PeerId): Packet {
  const byName = after === undefined ? [] : [{ name: instanceOf(after), type: 'TXT' as const }]
  return { type: 'query', id, questions: [{ name: SERVICE, type: 'PTR' }, ...byName] }
}

/** True when `packet` asks for our service. */
export function isQuestion(packet: Packet): boolean {
  return (packet.questions ?? []).some(({ name, type }) => type === 'PTR' && isService(name))
}

/** True when `packet` asks after `peer` by name. */
export function asksAfter(packet: Packet, peer: PeerId): boolean {
  return (packet.questions ?? []).some(({ name }) => name.toLowerCase() === instanceOf(peer).toLowerCase())
}

export function answer(said: Answered): Packet {
  const instance = instanceOf(said.peer)
  const ttl = said.goodbye ? 0 : TTL_S
  const strings = [`v=${TXT_VERSION}`, `m=${said.mesh}`, `p=${said.peer}`]
  for (const address of said.addresses.slice(0, HEARD_ADDRESSES_LIMIT)) strings.push(`a=${address}`)
  if (said.visiting) strings.push('visiting')
  if (said.startedAt !== undefined) strings.push(`s=${said.startedAt.toString(16)}`)
  if (said.life !== undefined) strings.push(`l=${said.life}`)
  return {
    type: 'response',
    answers: [
      { name: SERVICE, type: 'PTR', ttl, data: instance },
      { name: instance, type: 'TXT', ttl, flush: true, data: strings },
    ],
  }
}

/** The peers that `packet` tells of; malformed answers are left out. */
export function readAnswers(packet: Packet): Answered[] {
  const answered: Answered[] = []
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])]
  for (const record of records.slice(0, 2 * ANSWERS_LIMIT)) {
    const said = readAnswer(record)
    if (said !== undefined && answered.length < ANSWERS_LIMIT) answered.push(said)
  }
  return answered
}

/** Host and port of an address as answers carry it. */
export function parseAddress(address: string): { host: string; port: number } | undefined {
  const [, family, host = '', digits] = ADDRESS.exec(address) ?? []
  const port = Number(digits)
  if (!(family === '4' ? isIPv4(host) : isIPv6(host)) || port > 65_535 || needsZone(host)) return undefined
  return { host, port }
}

function readAnswer(record: Answer): Answered | undefined {
  if (record.type !== 'TXT' || !record.name.toLowerCase().endsWith(`.${SERVICE}`)) return undefined
  const strings = readStrings(record.data)
  if (strings?.[0] !== `v=${TXT_VERSION}`) return undefined
  const mesh = strings[1]?.startsWith('m=') ? strings[1].slice(2) : ''
  const peer = strings[2]?.startsWith('p=') ? strings[2].slice(2) : ''
  if (!MESH_HASH.test(mesh) || !PEER_ID.test(peer)) return undefined
  const addresses = new Set<string>()
  let visiting = false
  let startedAt: number | undefined
  let life: string | undefined
  for (const string of strings.slice(3)) {
    if (string === 'visiting') visiting = true
    else if (string.startsWith('s=') && INSTANT.test(string.slice(2)))
      startedAt = Number.parseInt(string.slice(2), 16)
    else if (string.startsWith('l=') && LIFE.test(string.slice(2))) life = string.slice(2)
    else if (string.startsWith('a=') && parseAddress(string.slice(2)) !== undefined)
      addresses.add(string.slice(2))
  }
  return {
    peer: peer as PeerId,
    mesh,
    addresses: [...addresses],
    visiting,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(life === undefined ? {} : { life }),
    goodbye: record.ttl === 0,
  }
}

/** TXT strings as text, or undefined where they are too many or too long. */
function readStrings(data: unknown): string[] | undefined {
  const parts: unknown[] = Array.isArray(data) ? data : [data]
  if (parts.length > STRINGS_LIMIT) return undefined
  const strings: string[] = []
  for (const part of parts) {
    const string = part instanceof Uint8Array ? Buffer.from(part).toString('latin1') : part
    if (typeof string !== 'string' || string.length > STRING_LIMIT) return undefined
    strings.push(string)
  }
  return strings
}

function instanceOf(peer: PeerId): string {
  return `${peer}.${SERVICE}`
}

function isService(name: string): boolean {
  return name.toLowerCase() === SERVICE
}
