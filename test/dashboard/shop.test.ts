/** What a shop's owner does with goods and orders: pictures, prices in anybody's money, files, and money owed for nothing. */

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { secret } from '../support/app.ts'
import { eventsAt, fault, noFaults, post, stripeOf, tier } from '../support/billing.ts'
import { addProduct, aProduct, changeShop, order, paid, productOf, stockOf } from '../support/store.ts'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

describe.skipIf(executablePath === undefined)('a shop', () => {
  const stage = useStage()
  const app = () => stage().app

  async function aShop(facts: Record<string, unknown> = {}) {
    const project = await stage().project({ type: 'store', tiers: undefined, sells: true })
    await changeShop(app(), project, { holdsPerCustomer: null, holdsPerAddress: null })
    return { project, mug: await addProduct(app(), project, aProduct(facts)) }
  }
  const alert = (page: Page) => page.getByRole('alert')

  it('has an order that was paid for nothing on top, gives its money back at one press, and has its stock right', async () => {
    const { project, mug } = await aShop({ stock: 1 })
    const cart = [{ variantId: mug.variants[0].id }]
    const late = await order(app(), project, cart)
    // Paid, but unheard and unseen until the hold was given up.
    await post(app(), { drop: 1 })
    await app().pay(late.sessionId)
    await post(app())
    await fault(app(), { service: 'stripe', path: '/v1/checkout/sessions', kind: 'status', status: 403, times: 1000 })
    await app().advance('26h')
    await noFaults(app())
    await paid(app(), await order(app(), project, cart))
    await fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '/v1/refunds',
      kind: 'status',
      status: 402,
      times: 1,
    })
    for (const event of await eventsAt(app(), project, 'checkout.session.completed'))
      await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: { times: 1 } })
    await app().settle()
    const page = await stage().open(project.owner, project.at())
    const waiting = page.getByRole('region', { name: 'Needs attention' })
    await waiting.getByText('paid and not fillable').waitFor()
    await page.getByRole('link', { name: 'Orders' }).first().click()
    const rows = page.locator('tbody tr')
    await rows.nth(1).waitFor()
    expect(await rows.allInnerTexts()).toEqual([expect.stringContaining('Unfillable'), expect.stringContaining('Paid')])
    await rows.first().getByRole('link').click()
    await page.getByText('The money goes back by itself').waitFor()
    await page.getByRole('button', { name: 'Refund now' }).click()
    await page.getByText('All of the money went back.').waitFor()
    expect(await page.getByRole('button', { name: 'Refund now' }).count()).toBe(0)
    const { data } = await stripeOf(app(), project).refunds.list()
    expect(data.map(({ amount, status }) => [amount, status])).toEqual([[1000, 'succeeded']])
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 0, available: 0, reserved: 0 })
    await page.getByRole('link', { name: 'Overview' }).click()
    await waiting.getByText('Nothing waits for you.').waitFor()
  })

  it('writes exactly what is filtered into a file, from every page of it, and no formula', async () => {
    const { project, mug } = await aShop()
    const cart = [{ variantId: mug.variants[0].id }]
    const email = '=cmd@example.com'
    for (const who of [email, 'other@example.com', email])
      await paid(app(), await order(app(), project, cart), { email: who, name: '=HYPERLINK("http://evil.example")' })
    const page = await stage().open(project.owner, project.at(`/orders?email=${encodeURIComponent(email)}`))
    await page.locator('tbody tr').nth(1).waitFor()
    await page.route(/format=csv/, (route) =>
      route.continue({ url: route.request().url().replace('limit=100', 'limit=1') }),
    )
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const file = await saved
    expect(file.suggestedFilename()).toBe('orders-test.csv')
    const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n')
    expect(head).toMatch(/^number,id,status,created_utc,/)
    expect(lines.map((line) => line.split(',')[0])).toEqual(['1003', '1001'])
    for (const line of lines) {
      expect(line).toContain(`'${email}`)
      expect(line).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
      expect(line).toMatch(/,\d{4}-\d\d-\d\dT[\d:.]+Z,/)
      expect(line).not.toMatch(/(^|,)"?=/)
    }
  })

  it('takes pictures that are picked, dropped and pasted, and says why it does not take another file', async () => {
    const { project, mug } = await aShop()
    const page = await stage().open(project.owner, project.at('/products'))
    await page.getByRole('region', { name: 'Mug' }).getByRole('button', { name: 'Images' }).click()
    const dialog = page.getByRole('dialog', { name: 'Images of Mug' })
    const pick = (name: string, mimeType: string, buffer: Buffer) =>
      dialog.getByLabel('Add images').setInputFiles({ name, mimeType, buffer })
    const give = (how: 'drop' | 'paste', bytes: string) =>
      page.evaluate(`{
        const files = new DataTransfer()
        files.items.add(new File([${bytes}], 'more.png', { type: 'image/png' }))
        const facts = { dataTransfer: files, clipboardData: files, bubbles: true, cancelable: true }
        const event = '${how}' === 'drop' ? new DragEvent('drop', facts) : new ClipboardEvent('paste', facts)
        document.querySelector('dialog ul').dispatchEvent(event)
      }`)
    const picture = (at: number) => dialog.getByRole('img', { name: `Mug, image ${at}`, exact: true })
    await pick('notes.txt', 'text/plain', Buffer.from('notes'))
    await dialog.getByText('notes.txt is no PNG').waitFor()
    await give('drop', 'new Uint8Array(5 * 1024 * 1024 + 1)')
    await dialog.getByText('more.png has more than 5 MB.').waitFor()
    stage().foresee(/status of 4\d\d/)
    await pick('page.png', 'image/png', Buffer.from('<script>alert(1)</script>'))
    await alert(page).getByText('PNG').waitFor()
    await pick('mug.png', 'image/png', PNG)
    await picture(1).waitFor()
    await expect.poll(() => alert(page).count()).toBe(0)
    await expect.poll(() => page.evaluate("document.querySelector('dialog img')?.naturalWidth")).toBe(1)
    for (const [at, how] of [
      [2, 'drop'],
      [3, 'paste'],
    ] as const) {
      await expect.poll(() => dialog.getByLabel('Add images').isEnabled()).toBe(true)
      await give(how, `Uint8Array.from(atob('${PNG.toString('base64')}'), (one) => one.charCodeAt(0))`)
      await picture(at).waitFor()
    }
    const before = (await productOf(app(), project, mug.id)).images
    expect(new Set(before).size).toBe(3)
    await dialog.getByRole('button', { name: 'Show first' }).last().click()
    const shown = () => page.evaluate("[...document.querySelectorAll('dialog img')].map(({ src }) => src)")
    const reordered = [before[2], before[0], before[1]]
    await expect.poll(shown).toEqual(reordered)
    expect((await productOf(app(), project, mug.id)).images).toEqual(reordered)
    await dialog.getByRole('button', { name: 'Remove image 1' }).click()
    await picture(3).waitFor({ state: 'detached' })
    await expect.poll(async () => (await productOf(app(), project, mug.id)).images).toEqual(before.slice(0, 2))
  })

  it('reads and shows amounts exactly, in money with and without a small unit, and as the place writes them', async () => {
    const yen = [{ interval: 'month' as const, unitAmount: 500, currency: 'jpy' }]
    const project = await stage().project({ tiers: [tier({ slug: 'yen', displayName: 'Yen', prices: yen })] })
    const page = await stage().open(project.owner, project.at('/tiers'), { locale: 'de-DE' })
    const shown = page.getByRole('region', { name: 'Yen' })
    await shown.getByText('500\u00a0¥', { exact: true }).waitFor()
    await shown.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    const price = dialog.getByLabel('Price a month (JPY)')
    expect(await price.inputValue()).toBe('500')
    const look = dialog.getByRole('button', { name: 'See whom it touches' })
    await price.fill('19.5')
    await look.click()
    await dialog.getByText('must be an amount').waitFor()
    // What is wrong is said to who does not see it, and typed anew where it is wrong.
    expect(await page.evaluate('document.activeElement.name')).toBe('month')
    const said = await price.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${said}"][aria-live=polite]`).innerText()).toContain('must be an amount')
    await price.fill('600')
    await look.click()
    await dialog.getByRole('button', { name: 'Save the change' }).click()
    await shown.getByText('600\u00a0¥', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Products' }).click()
    await page.getByRole('button', { name: 'New product' }).click()
    await dialog.getByLabel('Name').fill('Mug')
    const add = dialog.getByRole('button', { name: 'Add product' })
    for (const wrong of ['19.999', '1.000,00', '1e3', '-1', ' ']) {
      await dialog.getByLabel('Price in USD').fill(wrong)
      await add.click()
      await dialog.getByText('must be an amount').waitFor()
      expect(await dialog.getByLabel('Price in USD').getAttribute('aria-invalid')).toBe('true')
    }
    await dialog.getByLabel('Price in USD').fill('19,50')
    await add.click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('19,50\u00a0$').waitFor()
    const { products } = await app().ok('GET', '/api/products', { headers: secret(project) })
    expect(products[0].variants[0].prices).toMatchObject([{ unitAmount: 1950, currency: 'usd' }])
  })
})
