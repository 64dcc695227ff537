/**
 * How people hand each other around: `pres:<peer id>` names a presentity, `im:<peer id>[/<label>]` an inbox
 * (RFC 3859, RFC 3860), and a card `nigh:<peer id>?name=…&addr=…` is what a link or a QR code carries. A name on a
 * card is a claim, its addresses are hints; only the peer id can be relied on.
 */
import { HEARD_ADDRESSES_LIMIT, LABEL_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { PeerId } from './ids.ts'
import { tidyName } from './names.ts'
import { parsePeerId } from './principal.ts'

/** An INBOX ADDRESS or the address of a PRESENTITY. `label` '' is the default inbox. */
export type Address = { kind: 'presence'; peer: PeerId } | { kind: 'inbox'; peer: PeerId; label: string }

export interface Card {
  peer: PeerId
  /** What the person calls themself: a claim. */
  name?: string
  /** Multiaddrs without /p2p, at most 8: where they may be reached. */
  addresses: string[]
}

export function presenceAddress(peer: PeerId): string {
  return `pres:${peer}`
}

export function inboxAddress(peer: PeerId, label = ''): string {
  if (label === '' || label === DEFAULT_LABEL) return `im:${peer}`
  if (!isLabel(label)) throw new NighError('malformed-address', notALabel(label))
  return `im:${peer}/${label}`
}

export function formatAddress(address: Address): string {
  return address.kind === 'presence'
    ? presenceAddress(address.peer)
    : inboxAddress(address.peer, address.label)
}

/** Reads `pres:` and `im:`. Throws `malformed-address` saying what was expected and what came. */
export function parseAddress(text: string): Address {
  const [scheme, rest] = split(text)
  if (scheme === 'pres') {
    const peer = parsePeerId(rest)
    if (peer !== undefined) return { kind: 'presence', peer }
  }
  if (scheme === 'im') {
    const slash = rest.indexOf('/')
    const peer = parsePeerId(slash < 0 ? rest : rest.slice(0, slash))
    const label = slash < 0 ? '' : rest.slice(slash + 1)
    if (peer !== undefined && slash >= 0 && !isLabel(label))
      throw new NighError('malformed-address', notALabel(label))
    if (peer !== undefined) return { kind: 'inbox', peer, label: label === DEFAULT_LABEL ? '' : label }
  }
  throw new NighError(
    'malformed-address',
    `An address is pres:<peer id> or im:<peer id>/<label>, with a peer id of 52 characters that begins with ` +
      `12D3KooW. This came: ${shown(text)}.`,
  )
}

/** How people write the label of the default inbox where they have to write one. */
export const DEFAULT_LABEL = 'default'

/** Whether an inbox may be called this: `[a-z0-9_-]`, at most LABEL_LIMIT characters. */
export function isLabel(text: string): boolean {
  return text.length <= LABEL_LIMIT && /^[a-z0-9_-]+$/.test(text)
}

/** A card as a link: names are percent-encoded, at most 8 addresses go along. */
export function formatCard(card: Card): string {
  const name = card.name === undefined ? undefined : tidyName(card.name)
  const fields = card.addresses
    .filter(isMultiaddr)
    .slice(0, HEARD_ADDRESSES_LIMIT)
    .map((address) => `addr=${encoded(address)}`)
  if (name !== undefined) fields.unshift(`name=${encoded(name)}`)
  return `nigh:${card.peer}${fields.length === 0 ? '' : `?${fields.join('&')}`}`
}

/**
 * Reads a card. Fields it does not know are skipped, so newer cards stay readable; addresses beyond 8 are too.
 * Throws `malformed-card` saying what was expected and what came.
 */
export function parseCard(text: string): Card {
  const [scheme, rest] = split(text)
  const mark = rest.indexOf('?')
  const peer = parsePeerId(mark < 0 ? rest : rest.slice(0, mark))
  if (scheme !== 'nigh' || peer === undefined || text.length > CARD_LIMIT)
    throw malformedCard('A card is nigh:<peer id>?name=…&addr=…, at most 4,096 characters long', text)
  const card: Card = { peer, addresses: [] }
  for (const field of mark < 0 ? [] : rest.slice(mark + 1).split('&')) {
    if (field.startsWith('name=')) card.name ??= readName(field.slice(5), text)
    else if (field.startsWith('addr=')) readAddress(card.addresses, field.slice(5), text)
  }
  return card
}

/** Whether `text` means to be an address or a card, well formed or not. */
export function looksLikeAddress(text: string): boolean {
  return /^(pres|im|nigh):/i.test(text.trim())
}

/** The last 8 characters of the peer id: they stand for a person who claimed no name. */
export function shortId(peer: PeerId): string {
  return peer.slice(-8)
}

/** Text of unknown origin as it may stand in a sentence. */
export function shown(text: string): string {
  const tidy = tidyName(text) ?? ''
  return tidy === '' ? 'nothing' : `"${tidy}${text.trim().length > tidy.length ? '…' : ''}"`
}

/** A name and eight addresses of 255 characters, with room; a QR code ends below. */
const CARD_LIMIT = 4_096

/** Longer than any address of a host here; bounds what a card can make us keep. */
const MULTIADDR_LIMIT = 255

function isMultiaddr(text: string): boolean {
  return text.length <= MULTIADDR_LIMIT && /^(\/[A-Za-z0-9._:%-]+)+$/.test(text)
}

function split(text: string): [scheme: string, rest: string] {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(':')
  return [trimmed.slice(0, Math.max(colon, 0)).toLowerCase(), trimmed.slice(colon + 1)]
}

function readName(field: string, text: string): string {
  const name = tidyName(decoded(field, text))
  if (name === undefined) throw malformedCard('The name on a card is not empty', text)
  return name
}

function readAddress(addresses: string[], field: string, text: string): void {
  const address = decoded(field, text)
  if (!isMultiaddr(address))
    throw malformedCard('An addr on a card is a multiaddr such as /ip4/192.0.2.7/tcp/4001', text)
  if (addresses.length < HEARD_ADDRESSES_LIMIT) addresses.push(address)
}

function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':')
}

function decoded(field: string, text: string): string {
  try {
    return decodeURIComponent(field)
  } catch {
    throw malformedCard('Names on a card are percent-encoded UTF-8', text)
  }
}

function malformedCard(expected: string, text: string): NighError {
  return new NighError('malformed-card', `${expected}. This came: ${shown(text)}.`)
}

export function notALabel(label: string): string {
  return `The label of an inbox has 1 to ${LABEL_LIMIT} characters of a-z, 0-9, _ and -. This came: ${shown(label)}.`
}
