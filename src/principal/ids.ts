/** Strings that must not be mixed up. Free at run time. */

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A PRINCIPAL's peer id in base58btc (`12D3Koo…`): the Ed25519 public key itself, so anyone can verify offline. */
export type PeerId = Branded<'PeerId'>

/** An INSTANT MESSAGE's id as a UUID string. Compared for equality only: it carries the sender's clock. */
export type MessageId = Branded<'MessageId'>
