/** The page, driven as people do, in a real browser with real peers behind it. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { describe, expect } from 'vitest'
import { WebSocketServer } from 'ws'
import { terminals } from '../support/terminals.ts'
import { acquainted, coveredByNotice, PATIENCE_MS, sit } from './pages.ts'
import { scene } from './scene.ts'

describe('Two people', () => {
  scene(
    'see each other, knock, accept, talk, show how they are, and one blocks the other politely',
    async (browser) => {
      await using world = terminals()
      const alice = await sit(browser, world, 'alice')
      const bob = await sit(browser, world, 'bob')

      // See: by name, open, with the evidence.
      await alice.row('bob').getByText('here now').waitFor()
      await bob.row('alice').getByText('open').waitFor()

      // Request: a stranger knocks once, quietly.
      await alice.talkTo('bob')
      await alice.say('Lunch at noon?')
      await alice.sees('held as a request')
      expect(alice.complaints).toEqual([])
      await bob.page.locator('.place .badge').getByText('1').waitFor()
      await bob.goTo('requests')
      await bob.sees('Lunch at noon?')

      // Accept: Alice reads that it is delivered, and the line is open in both directions.
      await bob.page.getByRole('button', { name: 'Accept as contact' }).click()
      await bob.sees(/alice is a contact of yours now/)
      await alice.page.locator('.standing-delivered').waitFor()
      await bob.talkTo('alice')
      await bob.page.locator('.line .text', { hasText: 'Lunch at noon?' }).waitFor()
      await bob.say('Gladly.\nWhere?')
      // To her he is a stranger as well: his answer knocks, where she talks to him.
      await alice.sees('wants to write to you')
      await alice.page.getByRole('button', { name: 'Accept as contact' }).click()
      await alice.sees(/bob is a contact of yours now/)
      await expect.poll(() => alice.texts()).toEqual(['Lunch at noon?', 'Gladly.\nWhere?'])

      // Status: a note and an activity, for contacts.
      await alice.goTo('me')
      await alice.page.getByLabel('Note').fill('back at five')
      await alice.page.getByLabel('Activity').selectOption('meeting')
      await alice.page.getByRole('button', { name: 'Show it' }).click()
      await bob.row('alice').getByText('back at five').waitFor()
      await bob.row('alice').getByText('meeting').waitFor()

      // Polite block: he sees her here, but closed, and his message is answered as by anybody who is closed.
      await alice.talkTo('bob')
      await alice.page.getByRole('button', { name: 'Details' }).click()
      await alice.page.getByRole('button', { name: 'Block politely' }).click()
      await alice.sees(/sees you here, but closed, whatever you do/)
      await alice.page.locator('[aria-pressed="true"]', { hasText: 'Block politely' }).waitFor()
      await bob.row('alice').getByText('closed').waitFor()
      expect(await bob.row('alice').innerText()).not.toContain('back at five')
      await bob.say('Still on?')
      await bob.sees(/not delivered: alice is closed now/)
      expect(await alice.texts()).not.toContain('Still on?')

      // Who watches me: he is there, with what he sees.
      await alice.goTo('watchers')
      await alice.page.locator('.panel', { hasText: 'bob' }).getByText('polite-block').first().waitFor()
      expect([...alice.complaints, ...bob.complaints]).toEqual([])
    },
  )

  scene(
    'talk on while one of them reloads the page in the middle: nothing is lost, doubled or out of order',
    async (browser) => {
      await using world = terminals()
      await acquainted(world, 'alice', 'bob')
      const alice = await sit(browser, world, 'alice')
      const bob = await sit(browser, world, 'bob')
      await alice.talkTo('bob')
      await bob.talkTo('alice')
      const said = Array.from({ length: 24 }, (_, at) => `word ${at}`)
      for (const [at, word] of said.entries()) {
        await bob.say(word)
        if (at === 8) await alice.page.reload({ waitUntil: 'commit' })
        if (at === 16) await alice.page.reload()
      }
      await alice.sees('word 23')
      await expect.poll(() => alice.texts()).toEqual(said)
      await alice.say('heard you')
      await bob.sees('heard you')
      expect(await bob.texts()).toEqual([...said, 'heard you'])
      await expect.poll(() => bob.page.locator('.standing-delivered').count()).toBe(said.length)
      // The words of one that was read before the reload are not told as unread after it.
      expect(await alice.page.title()).toBe('Nigh')
    },
  )

  scene('answer, edit, react and delete with the mouse and with keys', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    const alice = await sit(browser, world, 'alice')
    const bob = await sit(browser, world, 'bob')
    await alice.talkTo('bob')
    await bob.talkTo('alice')
    await alice.say('The door is opne')
    await bob.sees('The door is opne')
    const actsOf = async (who: typeof alice, text: string, act: string | RegExp) => {
      const line = who.page.locator('.line', { hasText: text }).first()
      await line.getByRole('button', { name: 'What to do with this message' }).click()
      await line.getByRole('button', { name: act }).click()
    }
    await alice.page.getByRole('textbox', { name: 'Message to bob' }).fill('half a th')
    await actsOf(alice, 'opne', 'Edit')
    const field = alice.page.getByRole('textbox', { name: 'Message to bob' })
    await expect.poll(() => field.inputValue()).toBe('The door is opne')
    await field.fill('The door is open')
    await field.press('Enter')
    await bob.sees('The door is open')
    await bob.page.locator('.foot', { hasText: 'edited' }).waitFor()
    // What she was writing is there again.
    await expect.poll(() => field.inputValue()).toBe('half a th')
    await field.fill('')
    await actsOf(bob, 'The door is open', 'React with 👍')
    await alice.page.locator('.reaction', { hasText: '👍' }).waitFor()
    await actsOf(bob, 'The door is open', 'Answer')
    await bob.page.locator('.about', { hasText: 'The door is open' }).waitFor()
    await bob.say('Coming')
    await alice.page.locator('.quoted', { hasText: 'The door is open' }).waitFor()
    expect(await bob.page.locator('.about').count()).toBe(0)
    await actsOf(bob, 'The door is open', 'Take reaction back')
    await expect.poll(() => alice.page.locator('.reaction').count()).toBe(0)
    // Bob is closed, so her edit is refused: the words are not lost, nor do they become a message of their own.
    await world.run('bob', 'status', 'closed')
    await alice.row('bob').getByText('closed').waitFor()
    await actsOf(alice, 'The door is open', 'Edit')
    await expect.poll(() => field.inputValue()).toBe('The door is open')
    await field.fill('The door is locked')
    await field.press('Enter')
    await alice.sees('Nothing was changed:')
    await expect.poll(() => field.inputValue()).toBe('The door is locked')
    await alice.page.locator('.about', { hasText: 'You edit' }).waitFor()
    // What is said of it covers nothing that can be pressed, on a phone neither.
    for (const width of [320, 1100]) {
      await alice.page.setViewportSize({ width, height: 720 })
      expect(await coveredByNotice(alice.page)).toEqual([])
    }
    await alice.page.getByRole('button', { name: 'Leave it' }).click()
    await expect.poll(() => alice.page.locator('.about').count()).toBe(0)
    await world.run('bob', 'status', 'open')
    await alice.row('bob').getByText('open').waitFor()
    await actsOf(alice, 'The door is open', 'Delete for both')
    expect(await bob.page.locator('.gone').count()).toBe(0)
    await alice.page.getByRole('button', { name: 'Really delete it for both?' }).click()
    await bob.page.locator('.gone', { hasText: 'deleted' }).waitFor()
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  })

  scene('see what was answered, edited, reacted to and deleted where it stands', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    const alice = await sit(browser, world, 'alice')
    await world.up('bob')
    await alice.talkTo('bob')
    await alice.say('The door is opne')
    await alice.page.locator('.standing-delivered').waitFor()
    const [mine] = (await world.run('bob', 'inbox')).lines
    await world.run('bob', 'message', 'react', mine?.id, '👍')
    await alice.page.locator('.reaction', { hasText: '👍' }).waitFor()
    const [answer] = (await world.run('bob', 'message', 'reply', mine?.id, 'Comign')).lines
    await alice.page.locator('.quoted', { hasText: 'The door is opne' }).waitFor()
    await world.run('alice', 'message', 'edit', mine?.id, 'The door is open')
    await world.run('bob', 'message', 'edit', answer?.id, 'Coming')
    await alice.page.locator('.quoted', { hasText: 'The door is open' }).waitFor()
    await expect.poll(() => alice.texts()).toEqual(['The door is open', 'Coming'])
    expect(await alice.page.locator('.foot', { hasText: 'edited' }).count()).toBe(2)
    await world.run('alice', 'message', 'delete', mine?.id, '--for-both')
    await alice.page.locator('.gone', { hasText: 'deleted' }).waitFor()
    await alice.page.locator('.quoted', { hasText: 'an earlier message' }).waitFor()
    expect(await alice.page.locator('.reaction').count()).toBe(0)
    expect(alice.complaints).toEqual([])
  })

  scene('go on by themselves when the peer behind a page is killed and comes back', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    const peer = await world.up('alice')
    const alice = await sit(browser, world, 'alice')
    const bob = await sit(browser, world, 'bob')
    await alice.talkTo('bob')
    await bob.talkTo('alice')
    await alice.say('before')
    await bob.sees('before')

    peer.signal('SIGKILL')
    await alice.sees(/Your Nigh is not answering/)
    // Killed is not gone: he is told that nothing is known.
    await bob
      .row('alice')
      .getByText(/unknown/)
      .waitFor()
    await bob.say('while you were away')
    await alice.say('typed while away')
    await alice.sees(/not sent yet/)

    await world.up('alice')
    await alice.sees('while you were away')
    await bob.sees('typed while away')
    await expect.poll(() => alice.page.locator('.banner p').count()).toBe(0)
    const both = (texts: string[]) => [...texts].sort()
    const all = ['before', 'typed while away', 'while you were away']
    await expect.poll(async () => both(await alice.texts())).toEqual(all)
    await expect.poll(async () => both(await bob.texts())).toEqual(all)
    // The page tells what it has, the homes what is true: each has each message once.
    for (const [name, other] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
    ] as const) {
      const { lines } = await world.run(name, 'inbox', '--with', other)
      expect(lines.map(({ text }) => text).sort()).toEqual(all)
    }
  })

  scene('see that the other one was killed as unknown, and that he is back', async (browser) => {
    await using world = terminals()
    await acquainted(world, 'alice', 'bob')
    const alice = await sit(browser, world, 'alice')
    const peer = await world.up('bob')
    await alice.row('bob').getByText('here now').waitFor()
    await alice.talkTo('bob')
    peer.signal('SIGKILL')
    await alice
      .row('bob')
      .getByText(/unknown, last seen/)
      .waitFor()
    await alice.say('are you there?')
    await alice.sees(/waits until bob can be reached/)
    await world.up('bob')
    await alice.row('bob').getByText('here now').waitFor()
    await alice.page.locator('.standing-delivered').waitFor()
    expect(await alice.texts()).toEqual(['are you there?'])
  })
})

describe('Alone', () => {
  scene(
    'what she is writing about herself stays, whatever is told or read anew meanwhile',
    async (browser) => {
      await using world = terminals()
      const alice = await sit(browser, world, 'alice')
      await alice.goTo('me')
      const note = alice.page.getByLabel('Note')
      await note.fill('back at f')
      await alice.page.getByLabel('Your name').fill('Alice L')
      // At another door she is busy, and here she comes back to the page: it reads that anew.
      await world.run('alice', 'status', '--activity', 'busy', '--note', 'in a call')
      await alice.page.evaluate(() => dispatchEvent(new Event('focus')))
      await expect.poll(() => alice.page.getByLabel('Activity').inputValue()).toBe('busy')
      expect(await note.inputValue()).toBe('back at f')
      expect(await alice.page.getByLabel('Your name').inputValue()).toBe('Alice L')
      await note.fill('back at five')
      await note.press('Enter')
      await alice.sees(/Others see it now/)
      expect((await world.run('alice', 'status')).lines[0]).toMatchObject({ note: 'back at five' })
    },
  )

  scene('what she does not touch of what she shows stays as it was said at another door', async (browser) => {
    await using world = terminals()
    const alice = await sit(browser, world, 'alice')
    const said = await world.run(
      'alice',
      'status',
      '--activity',
      'busy',
      '--activity',
      'lunch',
      '--until',
      '2h',
    )
    const { until } = said.lines[0] as unknown as { until: string }
    await alice.page.evaluate(() => dispatchEvent(new Event('focus')))
    await alice.goTo('me')
    await expect.poll(() => alice.page.getByLabel('Activity').inputValue()).toBe('busy')
    const untilField = alice.page.getByRole('combobox', { name: /^Until/ })
    expect(await untilField.inputValue()).toBe('as it is')
    const note = alice.page.getByLabel('Note')
    await note.fill('soup')
    await note.press('Enter')
    await alice.sees(/Others see it now/)
    const shown = async () => (await world.run('alice', 'status')).lines[0]
    expect(await shown()).toMatchObject({ note: 'soup', activities: ['busy', 'lunch'], until })
    await untilField.selectOption('0')
    await note.press('Enter')
    await expect.poll(shown).not.toHaveProperty('until')
  })

  scene('an empty list says what is done, why it may be so, and what can be done', async (browser) => {
    await using world = terminals()
    const alice = await sit(browser, world, 'alice')
    await alice.sees('Looking for people on this network…')
    await alice.sees('Nobody here yet')
    await alice.sees(/A firewall, a guest network or a VPN/)
    await alice.page.getByRole('link', { name: 'Show my card' }).click()
    await alice.page.getByRole('img', { name: 'QR code of your card' }).waitFor()
    await alice.page.getByRole('link', { name: 'Type their address or card' }).click()
    await alice.page.getByLabel('Name, address or card').fill('nobody of that name')
    await alice.page.getByRole('button', { name: 'Add to contacts' }).click()
    await alice.sees(/Nobody here is called that/)
    // What was typed is still there.
    expect(await alice.page.getByLabel('Name, address or card').inputValue()).toBe('nobody of that name')
  })

  scene('a card that was handed over makes a contact, and the words compare', async (browser) => {
    await using world = terminals()
    await world.up('bob')
    const { lines } = await world.run('bob', 'whoami')
    const alice = await sit(browser, world, 'alice')
    await alice.goTo('add')
    await alice.page.getByLabel('Name, address or card').fill(lines[0]?.card)
    await alice.page.getByRole('button', { name: 'Add to contacts' }).click()
    await alice.row('bob').getByText('here now').waitFor()
    await alice.page.getByRole('button', { name: 'Details' }).click()
    await alice.page.getByRole('link', { name: 'Verify' }).click()
    const words = alice.page.locator('.safety').first()
    await expect.poll(() => words.locator('li').allInnerTexts()).toEqual(lines[0]?.safetyWords.split(' '))
    await alice.page.getByLabel(/paste the card/).fill(lines[0]?.card)
    await alice.page.getByRole('button', { name: 'Compare' }).click()
    await alice.sees(/It is the key of bob/)
    await alice.page.getByLabel(/paste the card/).fill('nigh:12D3KooWSomebodyElse?name=bob')
    await alice.page.getByRole('button', { name: 'Compare' }).click()
    await alice.sees(/This is another key/)
    await alice.page.getByRole('button', { name: 'They agree' }).click()
    await alice.row('bob').getByTitle('verified').waitFor()
    await alice.page.getByRole('button', { name: 'No longer verified' }).click()
    await alice.row('bob').getByTitle('verified').waitFor({ state: 'detached' })
  })
})

describe('fault C3, in the browser', () => {
  scene('the link works once: a second browser is told so', async (browser) => {
    await using world = terminals()
    const web = world.start('alice', 'up')
    await web.line('being online', ({ event }) => event === 'online')
    const serving = world.start('alice', 'web', '--no-open')
    const { file, port } = await serving.line('its page', ({ event }) => event === 'page')
    const [first, second] = await Promise.all([browser.newPage(), (await browser.newContext()).newPage()])
    // Both have read the file; only one can spend what is in it.
    const [, token] = /#token=([0-9a-f]+)/.exec(await readFile(file, 'utf8')) ?? []
    await first.goto(`file://${file}`)
    await first.locator('.me .name').waitFor({ timeout: PATIENCE_MS })
    // It is in no address any more, and so in no history.
    expect(first.url()).toBe(`http://127.0.0.1:${port}/#/`)
    await second.goto(`http://127.0.0.1:${port}/#token=${token}`)
    await second.getByText(/This link was used already/).waitFor({ timeout: PATIENCE_MS })
    expect(await second.locator('.me .name').count()).toBe(0)
  })

  scene(
    'who takes the port over hears a random number, and the page says that it is somebody else',
    async (browser) => {
      await using world = terminals()
      const alice = await sit(browser, world, 'alice')
      alice.web.signal('SIGTERM')
      await alice.web.exit
      await alice.sees(/Your Nigh is not answering/)
      const heard: string[] = []
      const impostor = createServer()
      const sockets = new WebSocketServer({ server: impostor })
      sockets.on('connection', (socket) =>
        socket.on('message', (line) => {
          heard.push(String(line))
          socket.send(JSON.stringify({ nigh: 1, nonce: '0'.repeat(64), proof: '0'.repeat(64) }))
        }),
      )
      await new Promise<void>((resolve) => impostor.listen(alice.port, '127.0.0.1', resolve))
      try {
        await alice.sees(/Something else answers where your Nigh was/)
        for (const line of heard)
          expect(Object.keys(JSON.parse(line)).sort()).toEqual(['nigh', 'nonce', 'session'])
      } finally {
        for (const socket of sockets.clients) socket.terminate()
        await new Promise((resolve) => impostor.close(resolve))
      }
    },
  )
})
