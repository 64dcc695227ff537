/** @jsxImportSource preact */
/** What every part of the page may use: the desk, the words, the state and the time. */
import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Desk } from '../desk.ts'
import type { PageState } from '../state/page-state.ts'
import type { Words } from '../words/words.ts'

export interface Around {
  desk: Desk
  words: Words
  state: PageState
  /** Wall time, for clocks; monotonic ms, for ages. Both move on by themselves. */
  now: Date
  monotonic: number
  speak(language: string): void
}

export const AroundContext = createContext<Around | undefined>(undefined)

export function useAround(): Around {
  const around = useContext(AroundContext)
  if (around === undefined) throw new Error('a part of the page stands outside of it')
  return around
}

/** What the Agent answers to one question, asked when the part appears and again when `again` changes. */
export function useAnswer<Answer>(
  question: (agent: Parameters<Parameters<Desk['ask']>[0]>[0]) => Promise<Answer>,
  again: readonly unknown[],
): [answer: Answer | undefined, replace: (answer: Answer) => void] {
  const { desk, state } = useAround()
  const [answer, setAnswer] = useState<Answer>()
  const isOpen = state.link === 'open'
  // biome-ignore lint/correctness/useExhaustiveDependencies: a question is another one each time; `again` says when it is
  useEffect(() => {
    if (!isOpen) return
    let over = false
    void desk.ask(question).then((answered) => {
      if (!over && answered !== undefined) setAnswer(answered)
    })
    return () => {
      over = true
    }
  }, [isOpen, desk, ...again])
  return [answer, setAnswer]
}
