/** What somebody read aloud or showed in person, compared with what I hold of them. */

/** Whether `shown` is their card, their address or their id, or all twelve of their safety words, in whatever case and layout. */
export function isProofOf(shown: string, { peerId, words }: { peerId: string; words: string }): boolean {
  const spoken = shown.toLowerCase().match(/[a-z]+/g) ?? []
  // A card is copied with the line breaks of the screen it was shown on.
  const held = [shown, shown.replace(/\s+/g, '')].flatMap((text) => text.split(/[^1-9A-Za-z]+/))
  return held.includes(peerId) || spoken.join(' ') === words
}
