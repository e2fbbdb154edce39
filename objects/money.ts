/** Amounts that can be charged and given back. Pure. */

/** As in the contract, whose rules objects do not import; a test compares the two. */
const STEPS: Readonly<Record<string, number>> = { bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10, isk: 100, ugx: 100 }

/** The smallest difference between two amounts of a currency, in the minor units in which Stripe counts. */
export const stepOf = (currency: string): number => STEPS[currency] ?? 1
