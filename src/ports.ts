/**
 * What the house asks of the outside: a mesh, a store, a clock and chance. Each has more than one
 * implementation and one contract suite that all of them sit (test/contract).
 */
export type * from './ports/clock.ts'
export type * from './ports/key-store.ts'
export type * from './ports/mesh.ts'
export type * from './ports/store.ts'
