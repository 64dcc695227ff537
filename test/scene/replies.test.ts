/** Answers: a message says which one it answers, and both sides see the beginning of that one. In a town. */
import { expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { friends } from '../support/talk.ts'
import { town } from '../support/town.ts'

const answersOf = (rows: readonly (Message | Outcome)[]) =>
  rows.map(({ text, replyTo, quoted }) => [text, replyTo, quoted].filter((each) => each !== undefined))

test('Bob answers Alice, and she answers him and herself: both read what it is about', async () => {
  await using place = await town('answers')
  const { alice, bob } = await friends(place)
  const asked = await alice.agent.send({
    to: 'Bob',
    text: 'Lunch?\n\nAt the usual place,  if it does not rain.',
  })
  await place.pass(100)
  const yes = await bob.agent.reply({ replyTo: asked.id, text: 'Yes, at noon.' })
  await place.pass(100)
  await alice.agent.reply({ replyTo: yes.id, text: 'Make it one.' })
  await alice.agent.reply({ replyTo: asked.id, text: 'It rains.' })
  await place.pass(100)
  const lunch = 'Lunch? At the usual place, if it does not rain.'
  const conversation = [
    ['Lunch?\n\nAt the usual place,  if it does not rain.'],
    ['Yes, at noon.', asked.id, lunch],
    ['Make it one.', yes.id, 'Yes, at noon.'],
    ['It rains.', asked.id, lunch],
  ]
  expect(answersOf(await alice.agent.inbox({ with: 'Bob' }))).toEqual(conversation)
  expect(answersOf(await bob.agent.inbox({ with: 'Alice' }))).toEqual(conversation)
  const told = bob.events.flatMap((event) => (event.event === 'message' ? [event] : []))
  expect(answersOf(told).slice(-2)).toEqual(conversation.slice(-2))
  expect((await alice.agent.search({ words: 'rains' })).map(({ replyTo }) => replyTo)).toEqual([asked.id])
})

test('What is answered may be long, or gone: the answer stays', async () => {
  await using place = await town('gone')
  const { alice, bob } = await friends(place)
  const long = await alice.agent.send({ to: 'Bob', text: '🦉'.repeat(200) })
  await place.pass(100)
  const answer = await bob.agent.reply({ replyTo: long.id, text: 'Owls!' })
  await place.pass(100)
  const last = async () => (await alice.agent.inbox({ with: 'Bob' })).at(-1)
  expect(await last()).toMatchObject({ id: answer.id, quoted: `${'🦉'.repeat(79)}…` })
  await alice.agent.deleteMessages({ ids: [long.id] })
  expect(answersOf([(await last()) as Message])).toEqual([['Owls!', long.id]])
  await expect(bob.agent.reply({ replyTo: 'nonsense', text: 'What?' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
  await expect(alice.agent.reply({ replyTo: long.id, text: 'What?' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
})

test('An answer that quotes a message of another conversation shows nothing of it (fault M12)', async () => {
  await using place = await town('quoting')
  const { alice, bob } = await friends(place)
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Carol' })
  await carol.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  const secret = await alice.agent.send({ to: 'Bob', text: 'Between you and me.' })
  await place.pass(100)
  // Carol learned the id, and has such a message in a conversation of her own with Alice.
  await carol.agent.send({ id: secret.id, to: 'Alice', text: 'Mine.' })
  await place.pass(100)
  await carol.agent.reply({ replyTo: secret.id, text: 'Really?' })
  await place.pass(100)
  expect(answersOf(await alice.agent.inbox({ with: 'Carol' }))).toEqual([
    ['Mine.'],
    ['Really?', secret.id, 'Mine.'],
  ])
  // Which of the two Alice means is not clear to her own Nigh either.
  await expect(alice.agent.reply({ replyTo: secret.id, text: 'Whose?' })).rejects.toMatchObject({
    code: 'usage',
  })
  expect(bob.events.filter(({ event }) => event === 'message')).toHaveLength(1)
})
