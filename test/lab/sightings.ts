/** What scenes ask of a running peer: what it told of somebody, what it shows now, which texts it keeps. */
import { expect } from 'vitest'
import type { Line, Running } from '../support/running.ts'
import type { Host } from './host.ts'

export const now = (): number => performance.now()

/** A scene that has to outwait something says for how long. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What `peer` told of `name` since its line number `from`. */
export function changes(peer: Running, name: string, from = 0): string[] {
  return peer.lines
    .slice(from)
    .filter((line) => line.event === 'presence' && line.who.name === name)
    .map((line) => line.change)
    .filter((change) => change !== 'changed')
}

export function expectNoFalseGoodbye(...peers: readonly Running[]): void {
  expect(peers.flatMap((peer) => peer.lines).filter((line) => line.change === 'left')).toEqual([])
}

/** The line of `nigh who` about `name`. */
export async function shown(host: Host, name: string): Promise<Line | undefined> {
  return (await host.run('who')).lines.find((line) => line.who?.name === name)
}

/** Waits until `nigh who` shows `name` as live. */
export async function seesLive(host: Host, name: string, timeout = 10_000): Promise<void> {
  await expect.poll(async () => (await shown(host, name))?.evidence, { timeout }).toBe('live')
}

/** Texts from others in the inbox, oldest first. */
export async function received(host: Host): Promise<string[]> {
  const { lines } = await host.run('inbox', '--limit', '1000')
  return lines.filter((line) => line.event === 'message').map((line) => line.text)
}

/** A first sight of somebody near, with what they show; for a moment they may have been there without a name. */
export const sees =
  (name: string) =>
  (line: Line): boolean =>
    line.event === 'presence' && line.evidence === 'live' && line.presence?.name === name

/** `text` as an event of `nigh up`. */
export const message =
  (text: string) =>
  (line: Line): boolean =>
    line.event === 'message' && line.text === text
