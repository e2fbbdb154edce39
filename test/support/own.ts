/** An account's own subscription to dream-api, paid as its owner would. */

import type { App, TestMember } from './app.ts'

/** Every account pays with a card of its own, unless it is told another's. */
let cards = 0
export const aCard = (): string => withCheckDigit(`424242${String((cards += 1)).padStart(9, '0')}`)

export async function subscribeToUs(app: App, owner: TestMember, cardNumber: string = aCard()): Promise<void> {
  const { url } = await app.okAsMember(owner, 'POST', '/account/billing/checkout')
  await app.pay(/cs_\w+/.exec(url)![0], { card: 'ok', card_number: cardNumber })
}

/** The last digit of a card's number proves the others (Luhn). */
function withCheckDigit(digits: string): string {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}
