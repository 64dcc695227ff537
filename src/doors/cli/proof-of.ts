/** What somebody read aloud or showed in person, compared with what I hold of them. */

/** Whether `shown` is their card, their address or their id, or all twelve of their safety words, in whatever case and layout. */
export function isProofOf(shown: string, { peerId, words }: { peerId: string; words: string }): boolean {
  const spoken = shown.toLowerCase().match(/[a-z]+/g) ?? []
  return shown.split(/[^1-9A-Za-z]+/).includes(peerId) || spoken.join(' ') === words
}
