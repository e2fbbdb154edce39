/** Whose account it is: what others learn of it, and what its own people may do. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { secret } from '../support/app.ts'
import { card } from '../support/billing.ts'
import { subscribeToUs } from '../support/own.ts'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

describe.skipIf(executablePath === undefined)('an account', () => {
  const stage = useStage()
  const app = () => stage().app

  const nothing = (page: Page) => page.getByRole('heading', { name: 'There is nothing here' }).waitFor()

  it('tells a stranger nothing: not by an address, not by the API, not by a socket, not even that it is there', async () => {
    const theirs = await stage().project({ name: 'Very secret name' })
    const { id } = await app().customer(theirs, 'hidden@example.com')
    const me = await app().member()
    stage().foresee(/status of (403|404)/)
    const page = await stage().open(me, theirs.at())
    const said: string[] = []
    for (const [real, made] of [
      [theirs.at(), '/p/aaaaaaaaaaaaaaaaaaaa/test'],
      [theirs.at(`/customers/${id}`), '/p/aaaaaaaaaaaaaaaaaaaa/test/customers/user_1'],
      [theirs.at('/settings').replace('/test', '/live'), '/p/aaaaaaaaaaaaaaaaaaaa/live/settings'],
    ] as const) {
      for (const path of [real, made]) {
        await page.goto(stage().url(path))
        await nothing(page)
        said.push(`${await page.title()} ${await page.locator('main').innerText()}`)
        expect(await page.content()).not.toMatch(/Very secret name|hidden@example\.com/)
      }
    }
    expect([...new Set(said)], 'a real address and a made up one look alike').toHaveLength(1)
    for (const rest of ['/dashboard', '/customers', '/keys', `/customers/${id}`, '/feed/tickets']) {
      const method = rest === '/feed/tickets' ? 'POST' : 'GET'
      const answers = []
      for (const projectId of [theirs.projectId, 'a'.repeat(20)]) {
        const { status, body } = await app().asMember(me, method, `/account/projects/${projectId}/test${rest}`)
        answers.push(JSON.stringify([status, { ...body, requestId: null }]))
      }
      expect(answers[0]).toBe(answers[1])
      expect(answers[0]).toContain('404')
    }
  })

  it('says that live is not there yet to who asks for it, and signs nobody out', async () => {
    const project = await stage().project()
    stage().foresee(/status of 404/)
    const page = await stage().open(project.owner, project.at().replace('/test', '/live'))
    await nothing(page)
    await page.getByRole('link', { name: 'All projects' }).first().click()
    await page.getByRole('link', { name: project.name }).first().waitFor()
  })

  it('lets in whom its owner invited, to look and not to touch, until they are removed', async () => {
    const project = await stage().project({ name: 'Shared' })
    const guest = await app().member()
    const owner = await stage().open(project.owner, '/members')
    await owner.getByRole('button', { name: 'Invite' }).click()
    const dialog = owner.getByRole('dialog')
    await dialog.getByLabel('E-mail').fill(guest.email)
    await dialog.getByLabel('Role').selectOption('viewer')
    await dialog.getByRole('button', { name: 'Send the invitation' }).click()
    await dialog.waitFor({ state: 'detached' })
    await app().settle()
    const page = await stage().open(guest, await mailedTo(guest.email))
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByRole('link', { name: 'Shared' }).first().click()
    await page.getByRole('heading', { name: 'Shared', level: 1 }).waitFor()
    await page.goto(stage().url(project.at('/keys')))
    await page.getByText(project.publishableKey).first().waitFor()
    for (const name of ['New secret key', 'Rotate', 'Revoke'])
      expect(await page.getByRole('button', { name }).count(), name).toBe(0)
    stage().foresee(/status of (403|404)/)
    await page.goto(stage().url(project.at('/promote')))
    await page.getByText('Your role does not open this.').waitFor()
    await owner.reload()
    await owner.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: `Remove ${guest.email}` }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.goto(stage().url(project.at('/customers')))
    await nothing(page)
  })

  it('has everything that was done in it written down, with who did it', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/customers'))
    await page.getByRole('button', { name: 'Add customer' }).click()
    await page.getByRole('dialog').getByLabel('E-mail').fill('written@example.com')
    await page.getByRole('dialog').getByRole('button', { name: 'Add customer' }).click()
    await page.getByRole('link', { name: 'written@example.com' }).waitFor()
    await page.getByRole('link', { name: 'Audit log' }).click()
    const row = page.getByRole('row').filter({ hasText: '/api/customers' })
    await row.getByText(project.owner.email).waitFor()
  })

  it('begins a trial without a wall, and says what it comes to', async () => {
    const member = await app().member()
    const page = await stage().open(member, '/billing')
    await page.getByText('None', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Start the trial' }).click()
    await page.getByRole('button', { name: /Start trial|Subscribe/ }).click()
    await page.waitForURL(/\/billing/)
    await app().settle()
    await page.goto(stage().url('/billing'))
    await page.getByText('Trialing').first().waitFor()
    await page.getByText('Included customers').waitFor()
  })

  it('says what a late payment to us means, what waits when we are not paid any more, and how to go on', async () => {
    const project = await stage().project()
    await subscribeToUs(app(), project.owner)
    const { subscription } = await app().okAsMember(project.owner, 'GET', '/account/billing')
    const { customer } = await atStripe('GET', `/v1/subscriptions/${subscription.id}`)
    await card(app(), customer, 'decline')
    await atStripe('POST', `/v1/subscriptions/${subscription.id}`, { trial_end: 'now' })
    const page = await stage().open(project.owner, project.at('/customers'))
    const notices = page.getByRole('region', { name: 'Notices' })
    await notices.getByText('The last payment to dream-api failed. Nothing has stopped.').waitFor()
    await page.getByRole('button', { name: 'Add customer' }).waitFor()
    await page.route('**/account/billing', async (route) => {
      const answer = await route.fetch()
      const { estimate, ...rest } = await answer.json()
      const more = { furtherCustomers: 345, overage: 1035, total: estimate.total + 1035 }
      const counted = { day: '2026-11-20', customers: 2345 }
      await route.fulfill({ response: answer, json: { ...rest, counted, estimate: { ...estimate, ...more } } })
    })
    await notices.getByRole('link', { name: 'Update the card' }).click()
    await page.getByText('Past due').first().waitFor()
    await page.getByText('2,345 / 2,000').waitFor()
    await page.getByText('345 further customers: $10.35 this month.').waitFor()
    await page.unrouteAll()
    await atStripe('DELETE', `/v1/subscriptions/${subscription.id}`)
    stage().foresee(/status of 403/)
    await page.goto(stage().url(project.at('/customers')))
    await notices.getByText('The subscription to dream-api ended. The API answers until').waitFor()
    await page.getByRole('alert').getByRole('link', { name: 'pay again' }).click()
    await page.getByText('Paying again restores everything at once.').waitFor()
    await page.getByRole('button', { name: 'Subscribe again' }).waitFor()
    await page.getByRole('link', { name: 'All projects' }).click()
    await page.getByRole('link', { name: project.name }).first().waitFor()
    expect((await app().call('GET', '/api/tiers', { headers: secret(project) })).status).toBe(200)
  })

  /** What is done to our own subscription at Stripe. */
  async function atStripe(method: 'GET' | 'POST' | 'DELETE', path: string, form: Record<string, string> = {}) {
    const answer = await app().server.outside(`https://api.stripe.com${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${STRIPE_SECRET_KEY.live}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      ...(method === 'POST' ? { body: new URLSearchParams(form).toString() } : {}),
    })
    const body = (await answer.json()) as { customer: string }
    await app().settle()
    return body
  }

  /** The address in the newest mail to somebody. */
  async function mailedTo(email: string): Promise<string> {
    const path = `/sandbox/mailbox?to=${encodeURIComponent(email)}`
    const text = JSON.stringify(await app().ok('GET', path, { headers: { Accept: 'application/json' } }))
    const url = new URL(/https?:\/\/[^"\\\s<]+\/accept[^"\\\s<]+/.exec(text)?.[0].replaceAll('&amp;', '&') ?? '')
    return url.pathname + url.search
  }
})
