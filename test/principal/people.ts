/** Principals with fixed seeds: the same Alice and Bob in every run. */
import { generateKeyPairFromSeed, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { type Principal, principalOf } from '../../src/principal/principal.ts'

export async function person(name: string): Promise<Principal> {
  const seed = new Uint8Array(32)
  new TextEncoder().encodeInto(name, seed)
  return principalOf(privateKeyToProtobuf(await generateKeyPairFromSeed('Ed25519', seed)))
}
