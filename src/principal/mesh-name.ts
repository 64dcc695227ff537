/**
 * Peers of different meshes do not see each other. Only a hash of the mesh's name travels, so that discovery
 * tells meshes apart and names no place. It separates, it does not protect: whoever knows the name is in.
 */
import { createHash } from 'node:crypto'
import { DOMAIN_MESH, MESH_HASH_BYTES } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import { shown } from './address.ts'

/** The mesh of everybody who chose none. */
export const DEFAULT_MESH = 'nigh'

/** Names are compared byte by byte after this grammar, so no two spellings of one word make two meshes. */
export function isMeshName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(text)
}

/** 16 hex digits. Throws `usage` on a name outside the grammar. */
export function meshHash(name: string): string {
  if (!isMeshName(name))
    throw new NighError(
      'usage',
      'The name of a mesh has 1 to 64 characters of a-z, 0-9, ., _ and -, with a letter or digit at both ends. ' +
        `This came: ${shown(name)}.`,
    )
  const hash = createHash('sha256').update(DOMAIN_MESH).update(name, 'utf8').digest()
  return hash.subarray(0, MESH_HASH_BYTES).toString('hex')
}
