/** @jsxImportSource preact */
/** Twelve words, numbered, so that two people can go through them together. */

export function SafetyWords({ words }: { words: string }) {
  return (
    <ol class="safety" lang="en">
      {words.split(' ').map((word, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, its place does not change
        <li key={at}>{word}</li>
      ))}
    </ol>
  )
}
