/** Chance and keys for rooms that are tested alone: the same in every run of one name. */
import { createHash } from 'node:crypto'
import type { Chance } from '../../src/presentity/grants.ts'

/** Bytes that a name decides: the same sequence in every run, another one for every name. */
export function chanceNamed(name: string): Chance {
  let drawn = 0
  return (bytes) => {
    drawn += 1
    return new Uint8Array(createHash('shake256', { outputLength: bytes }).update(`${name} ${drawn}`).digest())
  }
}

/** Numbers in [0, 1) that a name decides. */
export function fractionsNamed(name: string): () => number {
  const chance = chanceNamed(name)
  return () => Buffer.from(chance(4)).readUInt32BE() / 2 ** 32
}
