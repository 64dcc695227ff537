/** Where somebody is in the page, as the fragment of its address: the browser's own Back works. */
import type { PeerId } from '../../../../principal/ids.ts'

export type Route =
  | { at: 'people' }
  | { at: 'person'; peer: PeerId; details: boolean; verify: boolean }
  | { at: 'requests' | 'watchers' | 'rules' | 'card' | 'me' | 'add' }

const PLACES = ['requests', 'watchers', 'rules', 'card', 'me', 'add'] as const

export function routeOf(fragment: string): Route {
  const [place, peer, part] = fragment.replace(/^#?\/?/, '').split('/')
  const found = PLACES.find((each) => each === place)
  if (found !== undefined) return { at: found }
  if (place === 'with' && peer !== undefined && /^[A-Za-z0-9]{1,128}$/.test(peer))
    return { at: 'person', peer: peer as PeerId, details: part === 'details', verify: part === 'verify' }
  return { at: 'people' }
}

export function fragmentOf(route: Route): string {
  if (route.at === 'people') return '#/'
  if (route.at !== 'person') return `#/${route.at}`
  return `#/with/${route.peer}${route.details ? '/details' : route.verify ? '/verify' : ''}`
}

export function withPerson(peer: PeerId, part?: 'details' | 'verify'): string {
  return fragmentOf({ at: 'person', peer, details: part === 'details', verify: part === 'verify' })
}
