/** @jsxImportSource preact */
/** The whole page: the side, and beside it where one is. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { harmless } from '../../../cli/harmless.ts'
import type { Desk } from '../desk.ts'
import { knocks, unreadOfAll } from '../state/people.ts'
import { type Route, routeOf } from '../state/route.ts'
import type { Words } from '../words/words.ts'
import { AddView } from './add-view.tsx'
import { AroundContext, useAround } from './around.tsx'
import { CardView } from './card-view.tsx'
import { ConversationView } from './conversation-view.tsx'
import { DetailsView } from './details-view.tsx'
import { Icon } from './icon.tsx'
import { MeView } from './me-view.tsx'
import { RequestsView } from './requests-view.tsx'
import { RulesView } from './rules-view.tsx'
import { Sidebar } from './sidebar.tsx'
import { VerifyView } from './verify-view.tsx'
import { WatchersView } from './watchers-view.tsx'

/** Ages are said in seconds at first: often enough that none is wrong for long. */
const TICK_MS = 5_000
/** A notice has been read by then, ms; a failure stays until it is dismissed. */
const NOTICE_MS = 6_000

export function App({ desk, words, speak }: { desk: Desk; words: Words; speak(language: string): void }) {
  useFocusKept()
  const state = useDesk(desk)
  const now = useNow()
  const route = useRoute()
  const unread = unreadOfAll(state) + knocks(state).size
  useEffect(() => {
    document.title = unread === 0 ? words.app : words.titleWith(unread, words.app)
    document.documentElement.lang = words.language
  }, [unread, words])
  return (
    <AroundContext.Provider value={{ desk, words, state, now, monotonic: performance.now(), speak }}>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {words.skip}
      </button>
      <LinkBanner />
      <div class={`page at-${route.at}`}>
        <Sidebar route={route} />
        <main id="main" tabIndex={-1}>
          <Place route={route} />
        </main>
      </div>
      <Notices />
    </AroundContext.Provider>
  )
}

function Place({ route }: { route: Route }) {
  const { words, state } = useAround()
  useFocusOnArrival(route)
  if (route.at === 'requests') return <RequestsView />
  if (route.at === 'watchers') return <WatchersView />
  if (route.at === 'rules') return <RulesView />
  if (route.at === 'card') return <CardView />
  if (route.at === 'me') return <MeView />
  if (route.at === 'add') return <AddView />
  const seen = route.at === 'person' ? state.people.get(route.peer) : undefined
  if (route.at !== 'person' || seen === undefined)
    return (
      <section class="welcome">
        <span class="rings" aria-hidden="true" />
        <h1>{words.app}</h1>
        <p>{words.tagline}</p>
        <p class="soft">{words.people.choose}</p>
      </section>
    )
  const beside = route.details || route.verify
  return (
    <div class={`person${beside ? ' with-details' : ''}`}>
      <ConversationView seen={seen} details={route.details} />
      {route.details ? <DetailsView key={route.peer} seen={seen} /> : null}
      {route.verify ? <VerifyView key={route.peer} seen={seen} /> : null}
    </div>
  )
}

/** Said to whoever cannot see that another place has come: its heading gets the focus. */
function useFocusOnArrival(route: Route): void {
  const first = useRef(true)
  const place = route.at === 'person' ? `${route.peer} ${route.details} ${route.verify}` : route.at
  // biome-ignore lint/correctness/useExhaustiveDependencies: another place is another arrival
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    if (route.at === 'people') return
    document.querySelector<HTMLElement>('.details h1, .sheet h1')?.focus()
  }, [place])
}

/** Whoever goes by keyboard stays where they are when what they pressed goes away with what it did. */
function useFocusKept(): void {
  useEffect(() => {
    let last: Element | undefined
    const look = (event: FocusEvent): void => {
      const at = event.target as Element
      // People come and go in the side by themselves.
      last = at.closest('.side') === null ? at : undefined
    }
    const gone = new MutationObserver(() => {
      if (last === undefined || last.isConnected || document.activeElement !== document.body) return
      last = undefined
      for (const place of ['.details h1, .sheet h1', '.talk [aria-expanded]', 'main']) {
        const found = document.querySelector<HTMLElement>(place)
        if (found !== null) return found.focus()
      }
    })
    addEventListener('focusin', look)
    gone.observe(document.body, { childList: true, subtree: true })
    return () => {
      removeEventListener('focusin', look)
      gone.disconnect()
    }
  }, [])
}

function LinkBanner() {
  const { words, state } = useAround()
  return (
    <div class="banner" role="status">
      {state.link === 'open' ? null : <p class={`link-${state.link}`}>{words.link[state.link]}</p>}
    </div>
  )
}

/** What was just done, what failed, and what the peer warns of. */
function Notices() {
  const { desk, words, state } = useAround()
  const { notice } = state
  useEffect(() => {
    if (notice?.kind !== 'done') return
    const timer = setTimeout(() => desk.happen({ it: 'notice' }), NOTICE_MS)
    return () => clearTimeout(timer)
  }, [desk, notice])
  return (
    <div class="notices">
      <div role="status">{notice?.kind === 'done' ? <p class="notice done">{notice.text}</p> : null}</div>
      <div role="alert">
        {notice?.kind === 'failed' ? (
          <p class="notice failed">
            <span lang={notice.english === true ? 'en' : undefined}>{harmless(notice.text)}</span>
            <button
              type="button"
              class="tool"
              aria-label={words.dismiss}
              onClick={() => desk.happen({ it: 'notice' })}
            >
              <Icon name="close" />
            </button>
          </p>
        ) : null}
      </div>
      {state.warnings.map(({ code, message }) => (
        <div class="notice warning" role="status" key={message}>
          <p>
            <strong>{words.warning}: </strong>
            {words.warnings[code] ?? <span lang="en">{harmless(message)}</span>}
          </p>
          <button
            type="button"
            class="tool"
            aria-label={words.dismiss}
            onClick={() => desk.happen({ it: 'dismissed', code, message })}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}

function useDesk(desk: Desk) {
  const [state, setState] = useState(desk.state)
  useEffect(() => {
    setState(desk.state)
    return desk.onChange(() => setState(desk.state))
  }, [desk])
  return state
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash))
  useEffect(() => {
    const look = () => setRoute(routeOf(location.hash))
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  return route
}
