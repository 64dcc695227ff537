/** @jsxImportSource preact */
/** Where the page begins: finds its Agent, and speaks the person's language. */
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { createDesk } from './desk.ts'
import { App } from './parts/app.tsx'
import { webLink } from './web-link.ts'
import { windowLink } from './window-link.ts'
import { type Words, wordsFor } from './words/words.ts'

/** Kept in this browser: a language is no secret. */
const LANGUAGE = 'nigh language'

let words: Words = wordsFor(preferred(remembered()))

const desk = createDesk(window.nigh === undefined ? webLink() : windowLink(window.nigh), {
  monotonic: () => performance.now(),
  failure: ({ code, message }) => {
    const own = words.failures[code]
    return own === undefined ? { text: words.failed(message), english: true } : { text: own }
  },
})

function Page() {
  const [spoken, setSpoken] = useState(words)
  const speak = (language: string): void => {
    words = wordsFor(preferred(language))
    try {
      localStorage.setItem(LANGUAGE, language)
    } catch {
      // where nothing may be kept it counts until the page is closed
    }
    setSpoken(words)
  }
  return <App desk={desk} words={spoken} speak={speak} />
}

addEventListener('focus', () => desk.lookAgain())

render(<Page />, document.getElementById('page') ?? document.body)

/** The person's languages, those of the chosen kind first. */
function preferred(chosen: string | undefined): string[] {
  if (chosen === undefined) return [...navigator.languages]
  return [...navigator.languages.filter((tag) => tag.split('-')[0] === chosen), chosen]
}

function remembered(): string | undefined {
  try {
    return localStorage.getItem(LANGUAGE) ?? undefined
  } catch {
    return undefined
  }
}
