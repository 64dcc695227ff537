/** @jsxImportSource preact */
/** The side of the page: me, where one can go, and the people. */
import { harmless } from '../../../cli/harmless.ts'
import { knocks, type Listed, listed } from '../state/people.ts'
import { fragmentOf, type Route } from '../state/route.ts'
import { ownStatusWords } from '../words/spoken.ts'
import { useAround } from './around.tsx'
import { EmptyList } from './empty-list.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Disc, PersonRow } from './person.tsx'

export function Sidebar({ route }: { route: Route }) {
  const { words, state } = useAround()
  const people = listed(state)
  const isEmpty = people.contacts.length + people.near.length + people.others.length === 0
  return (
    <nav class="side" aria-label={words.people.title}>
      <Me route={route} />
      <ul class="places">
        <Place
          route={route}
          at="requests"
          icon="bell"
          label={words.requests.title}
          count={knocks(state).size}
        />
        <Place route={route} at="watchers" icon="eye" label={words.watchers.title} />
        <Place route={route} at="rules" icon="rules" label={words.rules.title} />
        <Place route={route} at="card" icon="card" label={words.card.title} />
        <Place route={route} at="add" icon="plus" label={words.add.title} />
      </ul>
      <div class="people">
        <Group title={words.people.contacts} rows={people.contacts} route={route} />
        <Group title={words.people.near} rows={people.near} route={route} />
        <Group title={words.people.others} rows={people.others} route={route} />
        {isEmpty && state.self !== undefined ? <EmptyList /> : null}
      </div>
    </nav>
  )
}

function Me({ route }: { route: Route }) {
  const { words, state, now } = useAround()
  const { self, status } = state
  if (self === undefined || status === undefined) return <div class="me me-none" />
  const who = {
    peerId: self.peerId,
    name: self.name,
    address: self.presence,
    relation: 'near' as const,
    verified: false,
  }
  return (
    <a class="me" href="#/me" aria-current={route.at === 'me' ? 'page' : undefined}>
      <Disc who={who} mark={status.basic} />
      <span class="row-text">
        <span class="name">
          <bdi>{harmless(self.name)}</bdi>
        </span>
        <span class="row-more">
          <span class="unseen">{words.me.status}: </span>
          <bdi>{ownStatusWords(status, now, words)}</bdi>
        </span>
      </span>
    </a>
  )
}

function Place(place: {
  route: Route
  at: Exclude<Route['at'], 'person' | 'people'>
  icon: IconName
  label: string
  count?: number
}) {
  const { route, at, icon, label, count = 0 } = place
  return (
    <li>
      <a class="place" href={fragmentOf({ at })} aria-current={route.at === at ? 'page' : undefined}>
        <Icon name={icon} />
        <span class="place-label">{label}</span>
        {count > 0 ? <span class="badge">{count}</span> : null}
      </a>
    </li>
  )
}

function Group({ title, rows, route }: { title: string; rows: readonly Listed[]; route: Route }) {
  if (rows.length === 0) return null
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {rows.map((seen) => (
          <PersonRow
            key={seen.who.peerId}
            seen={seen}
            current={route.at === 'person' && route.peer === seen.who.peerId}
          />
        ))}
      </ul>
    </section>
  )
}
