/** What cannot be taken back lightly: keys, going live, deleting, and two people who change the same thing. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { secret } from '../support/app.ts'
import { eventsAt, fault, noFaults, postEvent, stripeOf } from '../support/billing.ts'
import { connectByOAuth } from '../support/connect.ts'
import { anEndpoint, useReceivers } from '../support/hooks.ts'
import { subscribeToUs } from '../support/own.ts'
import { addProduct, aProduct } from '../support/store.ts'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

const SECRET = /sk_(test|live)_[0-9a-z]{20,}/

describe.skipIf(executablePath === undefined)('a risky act', () => {
  const stage = useStage()
  const app = () => stage().app
  const aReceiver = useReceivers()

  const isLive = (page: Page) => page.locator('.feed-state').getByText('Live', { exact: true }).waitFor()
  const works = async (key: string) =>
    (await app().call('GET', '/api/keys', { headers: { Authorization: `Bearer ${key}` } })).status
  const kept = (page: Page) =>
    page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML])',
    )
  const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })

  /** Takes the secret out of the dialog that shows it once, and closes it. */
  async function takeSecret(page: Page): Promise<string> {
    const dialog = page.getByRole('dialog')
    const done = dialog.getByRole('button', { name: 'I have stored it' })
    await done.waitFor()
    const found = SECRET.exec(await dialog.innerText())?.[0] ?? ''
    await page.keyboard.press('Escape')
    await done.click()
    await dialog.waitFor({ state: 'detached' })
    expect(await kept(page)).not.toMatch(SECRET)
    return found
  }

  async function rotate(page: Page, overlap: string): Promise<string> {
    await page.getByRole('button', { name: 'Rotate' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('The old key').selectOption(overlap)
    await dialog.getByRole('button', { name: 'Rotate default' }).click()
    return takeSecret(page)
  }

  it('rotates a key: both work while they overlap, the old one not a moment longer, and each secret is seen once', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/keys'))
    await isLive(page)
    const second = await rotate(page, '1h')
    expect([await works(project.secretKey), await works(second)]).toEqual([200, 200])
    await row(page, 'Ending').waitFor()
    const third = await rotate(page, '0')
    expect([await works(second), await works(third)]).toEqual([401, 200])
    stage().foresee(/status of 401/)
    await app().advance('61m')
    expect(await works(project.secretKey)).toBe(401)
    await page.reload()
    const fourth = await rotate(page, '1h')
    await row(page, 'Ending').getByRole('button', { name: 'End it now' }).click()
    await row(page, 'Ending').waitFor({ state: 'detached' })
    expect([await works(third), await works(fourth)]).toEqual([401, 200])
    await page.getByText(project.publishableKey).first().waitFor()
    expect(await kept(page)).not.toMatch(SECRET)
  })

  it('ends a key only for who types its last four characters, and gives the focus back to who does not', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/keys'))
    const revoke = page.getByRole('button', { name: 'Revoke' }).first()
    await revoke.click()
    const dialog = page.getByRole('dialog')
    const act = dialog.getByRole('button', { name: 'Revoke default' })
    await dialog.getByLabel(/Type/).fill('nope')
    expect(await act.isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Revoke')
    expect(await works(project.secretKey)).toBe(200)
    await revoke.click()
    await dialog.getByLabel(/Type/).fill(project.secretKey.slice(-4))
    await act.click()
    await dialog.waitFor({ state: 'detached' })
    expect(await works(project.secretKey)).toBe(401)
  })

  it('goes live once what is needed is there, shows the live key once, and leaves test as it was', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/promote'))
    const act = page.getByRole('button', { name: `Promote ${project.name} to live` })
    await act.waitFor()
    expect(await act.isDisabled()).toBe(true)
    const needed = page.getByRole('listitem').filter({ hasText: 'Needed' })
    await needed.filter({ hasText: 'No subscription to dream-api runs' }).waitFor()
    await needed.filter({ hasText: 'Live connection' }).getByRole('link', { name: 'Do it' }).click()
    const live = page.getByRole('region', { name: 'Live mode' })
    await live.getByRole('button', { name: 'Connect an account' }).click()
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await live.getByText('Takes payments').waitFor()
    await subscribeToUs(app(), project.owner)
    await page.goto(stage().url(project.at('/promote')))
    const other = await stage().open(project.owner, project.at('/promote'))
    const late = other.getByRole('button', { name: `Promote ${project.name} to live` })
    await late.and(other.locator(':enabled')).waitFor()
    await act.click()
    const key = await takeSecret(page)
    expect(key).toMatch(/^sk_live_/)
    await page.waitForURL(stage().url(project.at().replace('/test', '/live')))
    await isLive(page)
    expect([await works(key), await works(project.secretKey)]).toEqual([200, 200])
    // A copy of the page that was open all the while says that it is done, and how to go on.
    stage().foresee(/status of 409/)
    await late.click()
    await other.getByRole('heading', { name: 'Take changes to live' }).waitFor()
    await other.getByRole('link', { name: 'Live', exact: true }).waitFor()
  })

  it('goes on where going live was cut off: at one more press, with the same keys, and nothing twice at Stripe', async () => {
    const project = await stage().project({ type: 'store', tiers: undefined })
    for (const name of ['Mug', 'Cap', 'Pen']) await addProduct(app(), project, aProduct({ name, stock: 7 }))
    await subscribeToUs(app(), project.owner)
    const { stripeAccount } = await connectByOAuth(app(), project.owner, 'live')
    // Stripe fails after the first product, and the answer to the press is lost.
    await fault(app(), { service: 'stripe', path: '/v1/prices', kind: 'timeout_after_commit', delayMs: 1, times: 1 })
    await fault(app(), { service: 'stripe', path: '/v1/products', kind: 'status', status: 500, times: 1000 })
    const page = await stage().open(project.owner, project.at('/promote'))
    stage().foresee(/ERR_FAILED/)
    let presses = 0
    await page.route(/\/promotion$/, async (route) => {
      presses += Number(route.request().method() === 'POST')
      if (route.request().method() !== 'POST' || presses > 1) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await page.getByLabel('Stock that live begins with').selectOption('copy')
    const act = page.getByRole('button', { name: `Promote ${project.name} to live` })
    await act.click()
    await page.getByRole('alert').getByText('could not be reached').waitFor()
    await act.click()
    const key = await takeSecret(page)
    await page.waitForURL(stage().url(project.at().replace('/test', '/live')))
    await page.goto(stage().url(project.at('/promote')))
    const rest = page.getByText('are made at Stripe. The rest is made by itself')
    await rest.waitFor()
    await noFaults(app())
    stage().foresee(/status of 401/)
    await app().advance('20m')
    await page.getByRole('button', { name: 'Compare again' }).click()
    await rest.waitFor({ state: 'detached' })
    const twin = { ...project, mode: 'live' as const, secretKey: key, stripeAccount }
    const names = (await stripeOf(app(), twin).products.list()).data.map(({ name }) => name)
    expect(names.toSorted()).toEqual(['Cap', 'Mug', 'Pen', 'Pro'])
    expect((await stripeOf(app(), twin).prices.list()).data).toHaveLength(4)
    const { products } = await app().ok('GET', '/api/products', { headers: secret(twin) })
    expect(products.map(({ available }: { available: number }) => available)).toEqual([7, 7, 7])
  })

  it('is taken back at the last moment with Escape, which gives the focus back: a customer, a tier', async () => {
    const project = await stage().project()
    const { id, email } = await app().customer(project)
    const page = await stage().open(project.owner, project.at(`/customers/${id}`))
    const dialog = page.getByRole('dialog')
    const thinksAgain = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).last().click()
      await dialog.waitFor()
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel')
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name)
      await page.keyboard.press('Enter')
      await dialog.waitFor()
    }
    await thinksAgain('Remove')
    await dialog.getByRole('button', { name: `Remove ${email}` }).click()
    await page.waitForURL(stage().url(project.at('/customers')))
    expect((await app().call('GET', `/api/customers/${id}`, { headers: secret(project) })).status).toBe(404)
    await page.getByRole('link', { name: 'Tiers' }).click()
    await page.getByRole('region', { name: 'Pro', exact: true }).waitFor()
    await thinksAgain('Archive')
    await dialog.getByRole('button', { name: 'Stop selling' }).click()
    await dialog.waitFor({ state: 'detached' })
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: secret(project) })
    expect(tiers.map(({ name }: { name: string }) => name)).toEqual(['free'])
  })

  it('sends a message to an endpoint again, and says how it went', async () => {
    const project = await stage().project()
    const receiver = await aReceiver()
    receiver.answer(() => 500)
    await anEndpoint(app(), project, { url: receiver.url, events: ['customer.created'] })
    await app().customer(project)
    await expect.poll(() => receiver.heard.length).toBe(1)
    const page = await stage().open(project.owner, project.at('/webhooks'))
    const message = page.getByRole('button', { name: 'customer.created' })
    await message.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('cell', { name: '500' }).waitFor()
    receiver.answer(() => 204)
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await expect.poll(() => receiver.heard.length).toBe(2)
    await dialog.getByRole('cell', { name: '204' }).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await row(page, 'customer.created').getByText('Delivered').waitFor()
  })

  it('reads an event of Stripe again without anything being counted twice', async () => {
    const project = await stage().project({ sells: true })
    const { id } = await app().customer(project)
    await app().subscribe(project, id)
    const page = await stage().open(project.owner, project.at('/activity?tab=stripe'))
    await page.getByRole('button', { name: 'checkout.session.completed' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('It is read again at Stripe').waitFor()
    await app().settle()
    await dialog.getByText('Unchanged').waitFor()
    await dialog.getByText('Stripe says what is known here').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    const { subscriptions } = (await app().ok('GET', `/api/customers/${id}`, { headers: secret(project) })).customer
    expect(subscriptions).toHaveLength(1)
    const bought = (await stripeOf(app(), project).subscriptions.list({ status: 'all' })).data
    expect(bought).toHaveLength(1)
    // What could not be read waits, and is read at one press when Stripe is back, unless it was read by itself by then.
    const away = {
      service: 'stripe',
      method: 'GET',
      path: '/v1/subscriptions',
      kind: 'status',
      status: 500,
      times: 1000,
    }
    await fault(app(), away)
    await stripeOf(app(), project).subscriptions.update(bought[0]!.id, { cancel_at_period_end: true })
    await app().settle()
    const waiting = row(page, 'customer.subscription.updated').filter({ hasText: 'Pending' })
    await page.getByText('waiting since').waitFor()
    await waiting.getByRole('button').first().click()
    await noFaults(app())
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('It is read again at Stripe').last().waitFor()
    await app().settle()
    await dialog.getByText(/^(Applied|Unchanged)$/).waitFor()
    const { customer } = await app().ok('GET', `/api/customers/${id}`, { headers: secret(project) })
    expect(customer.subscriptions).toMatchObject([{ cancelAt: expect.any(Number) }])
    await dialog.getByRole('button', { name: 'Close' }).click()
    await waiting.waitFor({ state: 'detached' })
    // Forged, it leaves no row; repeated, it is counted.
    const rows = await page.locator('tbody tr').count()
    const [event] = await eventsAt(app(), project, 'customer.subscription.updated')
    expect((await postEvent(app(), { ...event, id: 'evt_forged' }, { secret: 'whsec_wrong' })).status).toBe(400)
    await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: { times: 1 } })
    await app().settle()
    await page.reload()
    await row(page, 'customer.subscription.updated').getByRole('cell', { name: '2', exact: true }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(rows)
  })

  it('deletes a project only for who types its name, ends its sockets, and tells an open page', async () => {
    const project = await stage().project({ name: 'Soon gone' })
    const other = await stage().stranger()
    const codes: (number | undefined)[] = []
    await other.routeWebSocket(/\/api\/feed/, (line) => {
      line.connectToServer().onClose((code, reason) => {
        codes.push(code)
        void line.close({ ...(code === undefined ? {} : { code }), ...(reason === undefined ? {} : { reason }) })
      })
    })
    await other.goto(await stage().doorOf(project.owner, project.at()))
    await isLive(other)
    stage().foresee(/status of (404|410)/)
    const page = await stage().open(project.owner, project.at('/settings'))
    await page.getByRole('button', { name: 'Delete Soon gone' }).click()
    const dialog = page.getByRole('dialog')
    const act = dialog.getByRole('button', { name: 'Delete Soon gone' })
    await dialog.getByLabel(/Type/).fill('Soon Gone')
    expect(await act.isDisabled()).toBe(true)
    await dialog.getByLabel(/Type/).fill('Soon gone')
    await act.click()
    await page.waitForURL(stage().url('/projects'))
    await app().settle()
    expect(await works(project.secretKey)).toBeGreaterThan(400)
    await other.getByRole('heading', { name: 'Soon gone is gone' }).waitFor()
    expect(codes).toEqual([4410])
  })

  it('says so when somebody else changed a tier meanwhile, keeps what was typed, and can still save it', async () => {
    const project = await stage().project()
    const open = async () => {
      const page = await stage().open(project.owner, project.at('/tiers'))
      await page.getByRole('region', { name: 'Pro', exact: true }).getByRole('button', { name: 'Edit' }).click()
      return page
    }
    const [one, two] = [await open(), await open()]
    const save = async (page: Page, name: string) => {
      await page.getByRole('dialog').getByLabel('Name').fill(name)
      await page.getByRole('dialog').getByRole('button', { name: 'See whom it touches' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Save the change' }).click()
    }
    await save(one, 'Professional')
    await one.getByRole('dialog').waitFor({ state: 'detached' })
    stage().foresee(/status of 409/)
    await save(two, 'Premium')
    const dialog = two.getByRole('dialog')
    await dialog.getByRole('alert').getByText('since this revision').waitFor()
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Premium')
    await dialog.getByText('Professional').waitFor()
    await dialog.getByRole('button', { name: 'Go on with mine' }).click()
    await save(two, 'Premium')
    await dialog.waitFor({ state: 'detached' })
    await one.getByRole('region', { name: 'Premium' }).waitFor()
  })

  it('says so when somebody else changed the settings meanwhile, and keeps what was typed', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/settings'))
    const origins = page.getByLabel('Allowed origins')
    await origins.fill('https://mine.example')
    const theirs = { allowedOrigins: ['https://theirs.example'] }
    await app().ok('PATCH', '/api/project', { headers: secret(project), body: theirs })
    stage().foresee(/status of 409/)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('since this revision').waitFor()
    expect(await origins.inputValue()).toBe('https://mine.example')
    await page.getByText('https://theirs.example').first().waitFor()
    await page.getByRole('button', { name: 'Go on with mine' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Settings saved').waitFor()
    const now = await app().ok('GET', '/api/project', { headers: secret(project) })
    expect(now.project.allowedOrigins).toEqual(['https://mine.example'])
    await page.getByLabel('Your colour').fill('#0f766e')
    await page.getByLabel('Name').fill('Another name')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Delete Another name' }).waitFor()
    const saved = await app().ok('GET', '/api/project', { headers: secret(project) })
    expect(saved.project.accentColor).toBe('#0f766e')
  })

  it('is one act however often its button is pressed', async () => {
    const member = await app().member()
    const page = await stage().open(member, '/projects?new=1')
    await page.getByLabel('Name').fill('Pressed twice')
    await page.getByRole('button', { name: 'Create project' }).dblclick()
    await takeSecret(page)
    const { projects } = await app().okAsMember(member, 'GET', '/account/projects')
    expect(projects).toHaveLength(1)
  })
})
