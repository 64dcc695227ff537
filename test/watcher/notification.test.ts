import { expect, test } from 'vitest'
import type { Presence } from '../../src/agent.ts'
import { newsBetween, type Shown } from '../../src/watcher/notification.ts'

const open: Presence = { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] }
const closed: Presence = { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'closed' } }] }
const live: Shown = { evidence: 'live', presence: open }
const heard: Shown = { evidence: 'heard', presence: open }
const unknown: Shown = { evidence: 'unknown', presence: open }
const gone: Shown = { evidence: 'gone', presence: open }

test.each<[string, Shown | undefined, Shown, string | undefined]>([
  ['somebody never shown is live', undefined, live, 'came'],
  ['somebody never shown is heard', undefined, heard, 'came'],
  ['somebody never shown is unknown: there is nothing to tell', undefined, unknown, undefined],
  ['somebody never shown says goodbye: there is nothing to take back', undefined, gone, undefined],
  ['back from unknown', unknown, live, 'came'],
  ['heard again', unknown, heard, 'came'],
  ['back after a goodbye', gone, live, 'came'],
  ['the link goes and the carrier still speaks: nothing to tell', live, heard, undefined],
  ['and back', heard, live, undefined],
  ['a renewal says the same', live, { evidence: 'live', presence: { ...open } }, undefined],
  ['a new status', live, { evidence: 'live', presence: closed }, 'changed'],
  ['a new status, heard', live, { evidence: 'heard', presence: closed }, 'changed'],
  ['the first document of somebody who is there', { evidence: 'live' }, live, 'changed'],
  ['what was readable is withdrawn', live, { evidence: 'live' }, 'changed'],
  ['lost', live, unknown, 'unknown'],
  ['the grant ended', heard, unknown, 'unknown'],
  ['goodbye', live, gone, 'left'],
  ['goodbye after silence', unknown, gone, 'left'],
  ['met anew after a goodbye, and lost at once', gone, unknown, 'unknown'],
  ['still unknown', unknown, { evidence: 'unknown', presence: closed }, undefined],
  ['still gone', gone, { evidence: 'gone' }, undefined],
])('%s', (_what, before, after, news) => {
  expect(newsBetween(before, after)).toBe(news)
})
