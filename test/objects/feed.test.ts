import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Changes, FeedMessage } from '../../sdk/schema/feed.ts'
import { listening } from '../support/objects.ts'
import { aProject, use } from '../support/project.ts'
import { holdTime, pass, SECOND, until } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const feedOf = (project: AProject) => env.FEED.getByName(project.name)

/** A project whose changes reach its feed, as in production. */
async function aHeardProject(): Promise<AProject> {
  const project = await aProject()
  listening.set(project.name, (changes) => feedOf(project).pass(changes) as Promise<void>)
  return project
}

const oops = (): never => {
  throw new Error('the disk hiccuped')
}

let tickets = 0
async function aTicket(project: AProject, view: 'all' | 'shelf' = 'all'): Promise<string> {
  const ticket = `ticket-${(tickets += 1)}`
  await feedOf(project).admit(ticket, view)
  return ticket
}

const knock = (project: AProject, query: string) =>
  feedOf(project).fetch(`http://feed/?${query}`, { headers: { Upgrade: 'websocket' } })

const come = async (project: AProject) => knock(project, `ticket=${await aTicket(project)}`)

/** Somebody who listens, and what they heard. */
async function listen(project: AProject, since?: number) {
  const response = await knock(
    project,
    `ticket=${await aTicket(project)}${since === undefined ? '' : `&since=${since}`}`,
  )
  const socket = response.webSocket!
  const heard: FeedMessage[] = []
  const texts: string[] = []
  const end: { code: number | null } = { code: null }
  socket.addEventListener('message', ({ data }) => {
    texts.push(data as string)
    if (data !== 'pong') heard.push(JSON.parse(data as string) as FeedMessage)
  })
  socket.addEventListener('close', ({ code }) => {
    end.code = code
  })
  socket.accept()
  await until(() => heard.length > 0)
  const usedBy = (customerId: string) =>
    heard
      .flatMap((message) => (message.type === 'changes' ? message.changes : []))
      .filter(({ kind, row }) => kind === 'usage' && row['customerId'] === customerId)
      .at(-1)?.row['used']
  return { socket, heard, texts, end, usedBy }
}

describe('[D5] the live feed', () => {
  it('goes on after what changed could not be read once', async () => {
    const project = await aHeardProject()
    const { usedBy } = await listen(project)
    await runInDurableObject(project.stub(), (object) => {
      const broken = { changesSince: () => (Reflect.deleteProperty(object, 'changesSince'), oops()) }
      Object.assign(object, broken)
    })
    await use(project, 'u1')
    await until(() => usedBy('u1') === 1)
  })

  it('greets with the revision, then says every committed change', async () => {
    const project = await aHeardProject()
    const { heard, usedBy } = await listen(project)
    const { revision } = (await project.stub().changesSince(0)) as Changes
    expect(heard[0]).toEqual({ type: 'hello', projectId: project.projectId, mode: 'test', revision })
    for (let i = 0; i < 5; i += 1) await use(project, 'u1')
    await until(() => usedBy('u1') === 5)
  })

  it('resumes after a revision, on connecting and when asked', async () => {
    const project = await aHeardProject()
    const { revision: start } = (await project.stub().changesSince(0)) as Changes
    await use(project, 'u1')
    const { socket, heard, usedBy } = await listen(project, start)
    await until(() => usedBy('u1') === 1)
    const before = heard.length
    socket.send(JSON.stringify({ type: 'resume', since: 0 }))
    await until(() => heard.length > before)
    expect(heard.at(-1)).toMatchObject({ type: 'changes', more: false })
    expect((heard.at(-1) as Changes).changes.some(({ kind }) => kind === 'project')).toBe(true)
  })

  it('reaches everyone who listens', async () => {
    const project = await aHeardProject()
    const listeners = await Promise.all(Array.from({ length: 5 }, () => listen(project)))
    await use(project, 'u1')
    await until(() => listeners.every(({ usedBy }) => usedBy('u1') === 1))
  })

  it('goes on after it hibernated', async () => {
    const project = await aHeardProject()
    const { socket, texts, usedBy } = await listen(project)
    await evictDurableObject(feedOf(project), { webSockets: 'hibernate' })
    await use(project, 'u1')
    await until(() => usedBy('u1') === 1)
    socket.send('ping')
    await until(() => texts.includes('pong'))
  })

  it('goes on after the project it belongs to was evicted', async () => {
    const project = await aHeardProject()
    const { usedBy } = await listen(project)
    await evictDurableObject(project.stub())
    await use(project, 'u1')
    await until(() => usedBy('u1') === 1)
  })

  it('costs the project nothing once the last one has gone', async () => {
    const project = await aHeardProject()
    const first = await listen(project)
    const second = await listen(project)
    first.socket.close(1000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await use(project, 'u1')
    await until(() => second.usedBy('u1') === 1)
    second.socket.close(1000)
    let passed = 0
    await new Promise((resolve) => setTimeout(resolve, 100))
    listening.set(project.name, async () => void (passed += 1))
    await use(project, 'u1')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(passed).toBe(0)
  })

  it('with the view of the shelf says how many are available, and nothing else of the project', async () => {
    const project = await aHeardProject()
    const response = await knock(project, `ticket=${await aTicket(project, 'shelf')}&since=0`)
    const heard: string[] = []
    response.webSocket!.addEventListener('message', ({ data }) => {
      heard.push(data as string)
    })
    response.webSocket!.accept()
    await use(project, 'secret-customer')
    const change = (kind: 'variant' | 'customer', row: Record<string, unknown>) => ({
      kind,
      id: 'x',
      revision: 99,
      row,
    })
    await feedOf(project).pass({
      changes: [
        change('customer', { email: 'somebody@example.com' }),
        change('variant', { productId: 'p1', available: 3, soldOut: false, onHand: 7, reserved: 4 }),
      ],
      revision: 99,
      more: false,
    })
    await until(() => heard.some((text) => text.includes('"variant"')))
    expect(heard.join()).not.toMatch(/customer|example\.com|onHand|reserved/)
    expect(heard.join()).toContain('"available":3')
  })
})

describe('[K3] a ticket', () => {
  const refusalOf = async (project: AProject, query: string) => (await knock(project, query)).headers.get('X-Refusal')

  it('opens one connection', async () => {
    const project = await aHeardProject()
    const ticket = await aTicket(project)
    const answers = await Promise.all(Array.from({ length: 10 }, () => knock(project, `ticket=${ticket}`)))
    expect(answers.filter(({ status }) => status === 101)).toHaveLength(1)
    for (const { webSocket } of answers) webSocket?.accept()
  })

  it('is good for 60 seconds, and not one ms longer', async () => {
    const project = await aHeardProject()
    const [early, late] = [await aTicket(project), await aTicket(project)]
    pass(60 * SECOND - 1)
    const opened = await knock(project, `ticket=${early}`)
    expect(opened.status).toBe(101)
    opened.webSocket!.accept()
    pass(1)
    expect(await refusalOf(project, `ticket=${late}`)).toBe('ticket_invalid')
  })

  it('of another project, made up, empty or missing opens nothing', async () => {
    const project = await aHeardProject()
    const foreign = await aTicket(await aHeardProject())
    for (const query of [`ticket=${foreign}`, 'ticket=made-up', 'ticket=', '', "ticket=' OR 1=1"])
      expect(await refusalOf(project, query)).toBe('ticket_invalid')
  })
})

describe('a feed is shed before it can harm anything', () => {
  it('closes on a flood, and the others go on [F34]', async () => {
    const project = await aHeardProject()
    const flooding = await listen(project)
    const quiet = await listen(project)
    for (let i = 0; i < 200; i += 1) flooding.socket.send(JSON.stringify({ type: 'resume', since: 1_000_000 }))
    await until(() => flooding.end.code !== null)
    expect(flooding.end.code).toBe(4008)
    expect(flooding.heard.length).toBeLessThan(70)
    await use(project, 'u1')
    await until(() => quiet.usedBy('u1') === 1)
  })

  it('opens to a thousand, and to the next when one has gone [F35]', async () => {
    const project = await aHeardProject()
    const listeners: WebSocket[] = []
    for (let batch = 0; batch < 20; batch += 1)
      for (const { webSocket } of await Promise.all(Array.from({ length: 50 }, () => come(project)))) {
        webSocket!.accept()
        listeners.push(webSocket!)
      }
    const refused = await come(project)
    expect([refused.webSocket, refused.headers.get('X-Refusal')]).toEqual([null, 'too_many_connections'])
    listeners[0]!.close()
    let next: Response | null = null
    await until(async () => (next = await come(project)).status === 101)
    next!.webSocket!.accept()
  })

  it('lets go of a listener who stopped reading, and keeps one who says so [F33]', async () => {
    const project = await aHeardProject()
    const silent = await listen(project)
    const reading = await listen(project)
    for (let revision = 1; revision <= 300; revision += 1) {
      if (revision % 100 === 0) {
        reading.socket.send('{"type":"ack"}')
        await until(() => reading.heard.length >= revision)
      }
      await feedOf(project).pass({ changes: [], revision, more: false })
    }
    await until(() => silent.end.code !== null)
    expect(silent.end.code).toBe(4009)
    await until(() => reading.heard.length === 301)
    expect(reading.end.code).toBe(null)
  })

  it('lets go of a listener to whom a megabyte is on its way', async () => {
    const project = await aHeardProject()
    const { end } = await listen(project)
    const row = { note: 'x'.repeat(400_000) }
    for (let revision = 1; revision <= 3; revision += 1)
      await feedOf(project).pass({ changes: [{ kind: 'event', id: 'e', revision, row }], revision, more: false })
    await until(() => end.code !== null)
    expect(end.code).toBe(4009)
  })

  it.each([
    ['not JSON', 'hello'],
    ['another type', '{"type":"subscribe","since":1}'],
    ['a negative revision', '{"type":"resume","since":-1}'],
    ['a fraction', '{"type":"resume","since":1.5}'],
    ['a text for a number', '{"type":"resume","since":"1"}'],
    ['null', 'null'],
    ['a list', '[1]'],
    ['too long', JSON.stringify({ type: 'resume', since: 1, x: 'y'.repeat(5_000) })],
    ['binary', new Uint8Array([1, 2, 3]).buffer],
  ])('closes on %s and says what it may say', async (_, message) => {
    const project = await aHeardProject()
    const { socket, end } = await listen(project)
    socket.send(message)
    await until(() => end.code !== null)
    expect(end.code).toBe(4400)
  })
})
