/** What is sold: plans and goods, from the first payment to the money back, on screens that follow by themselves. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { as } from '../support/app.ts'
import { askFor, card, customerOf, RETURNS, stripeOf, subscriptionsAt, tier } from '../support/billing.ts'
import { aProduct, cart, order, paid, stockOf } from '../support/store.ts'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

describe.skipIf(executablePath === undefined)('selling', () => {
  const stage = useStage()
  const app = () => stage().app

  const isLive = (page: Page) => page.locator('.feed-state').getByText('Live', { exact: true }).waitFor()
  const fact = (page: Page, region: string, name: string) =>
    page.getByRole('region', { name: region }).locator(`dt:text-is("${name}") + dd`)
  const alert = (page: Page) => page.getByRole('alert')

  /** Time passes while nobody looks: a page that asks meanwhile would ask with a token of days ago, twice. */
  async function passes(span: string, ...pages: readonly Page[]): Promise<void> {
    const places = pages.map((page) => page.url())
    for (const page of pages) await page.goto('about:blank')
    await app().advance(span)
    await Promise.all(pages.map((page, index) => page.goto(places[index]!)))
  }

  async function aShop(products: readonly object[]) {
    const project = await stage().project({ type: 'store', tiers: undefined, sells: true })
    const made = []
    const headers = { Authorization: `Bearer ${project.secretKey}` }
    await app().ok('PATCH', '/api/shop', { headers, body: { holdsPerCustomer: null, holdsPerAddress: null } })
    for (const body of products) made.push((await app().ok('POST', '/api/products', { headers, body })).product)
    return { project, products: made }
  }
  const oneOf = (product: { variants: readonly { id: string }[] }, quantity = 1) => [
    { variantId: product.variants[0]!.id, quantity },
  ]

  // Each day that passes is a day for every project there is: this comes first.
  it(
    'follows what was bought over months: a trial that is charged, a plan that ends, a door that closes, a card that fails',
    { timeout: 300_000 },
    async () => {
      const plans = [tier({ slug: 'pro', unitAmount: 1900 }), tier({ slug: 'tried', unitAmount: 2900, trialDays: 7 })]
      const project = await stage().project({ sells: true, tiers: [tier({ slug: 'free' }), ...plans] })
      const [leaving, late, tried] = await Promise.all([1, 2, 3].map(() => app().customer(project)))
      for (const { id } of [leaving!, late!]) await app().subscribe(project, id)
      const doors = [tier({ slug: 'guest', limit: 0 }), tier({ slug: 'member', limit: null, unitAmount: 900 })]
      const club = await stage().project({ type: 'membership', tiers: doors, owner: project.owner })
      const { id: member } = await app().customer(club)
      const enters = async () => (await app().usage(club, member)).plan
      expect(await enters()).toBe('guest')
      stage().foresee(/status of 401/)

      const there = await stage().open(project.owner, club.at(`/customers/${member}`))
      await isLive(there)
      await app().subscribe(club, member, 'member')
      await fact(there, 'Who it is', 'Plan').getByText('member').waitFor()
      const { body: portal } = await app().call('POST', '/api/customer-portal', {
        headers: as(project, leaving!.id),
        body: { returnUrl: RETURNS.successUrl },
      })
      await there.goto(portal.url)
      await there.getByRole('button', { name: 'Cancel plan' }).click()
      await there.getByText(/Ends on/).waitFor()
      const { body: own } = await app().call('POST', '/api/customer-portal', {
        headers: as(club, member),
        body: { returnUrl: RETURNS.successUrl },
      })
      await there.goto(own.url)
      await there.getByRole('button', { name: 'Cancel plan' }).click()
      await there.getByText(/Ends on/).waitFor()
      await there.goto(stage().url(club.at(`/customers/${member}`)))
      await fact(there, 'Subscription', 'Ends').waitFor()
      expect(await enters(), 'what was paid for is served').toBe('member')

      await app().subscribe(project, tried!.id, 'tried')
      const page = await stage().open(project.owner, project.at(`/customers/${tried!.id}`))
      await isLive(page)
      const [status, plan] = [fact(page, 'Subscription', 'Status'), fact(page, 'Who it is', 'Plan')]
      const go = async (rest: string) => {
        const path = JSON.stringify(project.at(rest))
        await page.evaluate(`history.pushState(null, '', ${path}), dispatchEvent(new PopStateEvent('popstate'))`)
      }
      await status.getByText('Trialing').waitFor()
      const charged = async () =>
        (await stripeOf(app(), project).charges.list()).data.filter(({ amount, paid }) => paid && amount === 2900)
          .length
      expect(await charged()).toBe(0)
      await passes('8d', page, there)
      await status.getByText('Active').waitFor()
      expect(await charged()).toBe(1)

      await card(app(), (await customerOf(app(), project, late!.id)).stripeCustomerId, 'decline')
      await passes('24d', page, there)
      await fact(there, 'Who it is', 'Plan').getByText('guest').waitFor()
      expect(await enters()).toBe('guest')
      await go(`/customers/${leaving!.id}`)
      await plan.getByText('free').waitFor()
      await go('')
      await page.getByRole('region', { name: 'Needs attention' }).getByText('Past due').waitFor()
      await go(`/customers/${late!.id}`)
      await status.getByText('Past due').waitFor()
      await plan.getByText('pro').waitFor()
      expect((await app().call('POST', '/api/data', { headers: as(project, late!.id) })).status).toBe(200)
      await passes('16d', page)
      await plan.getByText('free').waitFor()
      await page.getByRole('region', { name: 'What they did' }).getByText('Subscription ended').waitFor()
    },
  )

  it('turns the plan of an open customer page into what they buy in the simulated checkout', async () => {
    const project = await stage().project({ sells: true })
    const { id } = await app().customer(project)
    for (let calls = 0; calls < 5; calls += 1) await app().call('POST', '/api/data', { headers: as(project, id) })
    expect((await app().call('POST', '/api/data', { headers: as(project, id) })).status).toBe(403)
    const page = await stage().open(project.owner, project.at(`/customers/${id}`))
    await isLive(page)
    await page.getByText('Refused at the limit').waitFor()
    const successUrl = stage().url('/thanks')
    const { body: checkout } = await askFor(app(), project, id, { tier: 'pro', successUrl })
    const till = await stage().stranger()
    await till.goto(checkout.url)
    await till.getByRole('button', { name: 'Subscribe' }).click()
    await till.waitForURL(successUrl)
    await fact(page, 'Who it is', 'Plan').getByText('pro').waitFor()
    await fact(page, 'Subscription', 'Status').getByText('Active').waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByText('Signed out of every browser').waitFor()
    await page.getByText('Refused at the limit').waitFor({ state: 'detached' })
    expect((await app().call('POST', '/api/data', { headers: as(project, id) })).status).toBe(200)
    await page.getByText('1 / 50').waitFor()
  })

  it('says in a customer’s story why a payment failed and that one was left, and sells once to who pays twice', async () => {
    const project = await stage().project({ sells: true })
    const { id } = await app().customer(project)
    const page = await stage().open(project.owner, project.at(`/customers/${id}`))
    await isLive(page)
    const story = page.getByRole('region', { name: 'What they did' }).getByRole('listitem')
    const { body: first } = await askFor(app(), project, id)
    const till = await stage().stranger()
    stage().foresee(/status of (401|402)/)
    await till.goto(first.url)
    await till.getByLabel('Test card that is declined').check()
    await till.getByRole('button', { name: 'Subscribe' }).click()
    await till.getByText('Your card was declined.').waitFor()
    await story.filter({ hasText: 'Payment failed' }).getByText('Your card was declined.').waitFor()
    await passes('2d', page)
    await story.filter({ hasText: /Checkout (left|expired)/ }).waitFor()
    await fact(page, 'Who it is', 'Plan').getByText('free').waitFor()
    expect(await page.getByText('Pays nothing').isVisible()).toBe(true)
    const { body: second } = await askFor(app(), project, id)
    await Promise.all([1, 2].map(() => app().pay(second.sessionId)))
    await fact(page, 'Subscription', 'Status').getByText('Active').waitFor()
    expect(await subscriptionsAt(app(), project)).toHaveLength(1)
  })

  it('shows whom a new price touches before it is saved, and saves what was shown', async () => {
    const project = await stage().project({ sells: true })
    for (let customers = 0; customers < 2; customers += 1)
      await app().subscribe(project, (await app().customer(project)).id)
    const page = await stage().open(project.owner, project.at('/tiers'))
    const pro = page.getByRole('region', { name: 'Pro', exact: true })
    await pro.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    const price = dialog.getByLabel(/Price a month/)
    await price.fill('19.999')
    await dialog.getByRole('button', { name: 'See whom it touches' }).click()
    await dialog.getByText('must be an amount like').waitFor()
    await price.fill('24,50')
    await dialog.getByRole('button', { name: 'See whom it touches' }).click()
    await dialog.getByText('2 subscribers at $19.00 a month would pay $24.50 if they are moved.').waitFor()
    await dialog.getByText('A month: $38.00 now, $49.00 when all are moved.').waitFor()
    // What was looked at must be what is saved.
    await price.fill('25')
    await dialog.getByRole('button', { name: 'See whom it touches' }).click()
    await dialog.getByText('would pay $25.00').waitFor()
    await dialog.getByRole('button', { name: 'Save the change' }).click()
    await dialog.waitFor({ state: 'detached' })
    await pro.getByText('$25.00', { exact: true }).waitFor()
    await pro.getByText('$25.00 a month').waitFor()
  })

  it('sells the last one once, says so where it is watched, and has it back when the hold is over', async () => {
    const { project, products } = await aShop([aProduct({ name: 'Last mug', stock: 1 })])
    const page = await stage().open(project.owner, project.at('/products'))
    await isLive(page)
    const shelf = page.getByRole('region', { name: 'Last mug' })
    await shelf.getByText('1 left').waitFor()
    const both = await Promise.all([1, 2].map(() => cart(app(), project, oneOf(products[0]))))
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
    await shelf.getByText('Sold out').waitFor()
    await page.getByRole('link', { name: 'Orders' }).click()
    await page.getByRole('link', { name: /No\. \d+/ }).click()
    await page.getByRole('button', { name: 'Cancel order' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Products' }).click()
    await shelf.getByText('1 left').waitFor()
  })

  it('gives money back with and without putting the units back on the shelf', async () => {
    const { project, products } = await aShop([aProduct({ name: 'Mug', stock: 10 })])
    const page = await stage().open(project.owner, project.at('/orders'))
    await isLive(page)
    for (const isRestocked of [true, false]) {
      const made = await order(app(), project, oneOf(products[0], 2))
      await paid(app(), made)
      await page.getByRole('row').filter({ hasText: 'Paid' }).getByRole('link').click()
      await page.getByRole('button', { name: 'Refund' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel(/Amount/).fill('20.001')
      await dialog.getByRole('button', { name: 'Refund' }).click()
      await dialog.getByText('must be an amount like').waitFor()
      await dialog.getByLabel(/Amount/).fill('20.00')
      if (isRestocked) await dialog.getByLabel('Put the units back on the shelf').check()
      await dialog.getByRole('button', { name: 'Refund' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.locator('.heading, h1').getByText('Refunded', { exact: true }).first().waitFor()
      const { onHand } = await stockOf(app(), project, products[0])
      expect(onHand).toBe(isRestocked ? 10 : 8)
      await page.goBack()
      await page.getByRole('heading', { name: 'Orders' }).waitFor()
    }
    expect(await alert(page).count()).toBe(0)
  })
})
