/** What the demo projects sell, as their owner would send it, each with its picture. */
import type { ProductInput } from '../../../sdk/schema/product.ts'
import { amberJar, eveningSet, giftCard, oilBurner, requestPack, solstice, tapers } from './pictures.ts'
import type { Pixels } from './png.ts'

export interface Good {
  readonly draw: () => Pixels
  readonly product: Omit<ProductInput, 'images' | 'options' | 'grant'> &
    Partial<Pick<ProductInput, 'options' | 'grant'>> & { readonly slug: string }
}

const usd = (unitAmount: number) => ({ unitAmount, currency: 'usd' })
const eur = (unitAmount: number) => ({ unitAmount, currency: 'eur' })

const jar = (size: string, { sku, price, stock }: { sku: string; price: number; stock: number }) => ({
  sku,
  options: { Size: size },
  prices: [usd(price)],
  stock,
})

export const CANDLES: readonly Good[] = [
  {
    draw: amberJar,
    product: {
      slug: 'amber-oak',
      name: 'Amber & Oak',
      description: 'Warm amber, dry oak and a little smoke, poured by hand into brown glass.',
      features: ['Soy wax', 'Cotton wick', 'Burns 25 to 80 hours'],
      options: ['Size'],
      variants: [
        jar('Small, 120 g', { sku: 'AO-120', price: 1800, stock: 40 }),
        jar('Medium, 220 g', { sku: 'AO-220', price: 2800, stock: 24 }),
        jar('Large, 400 g', { sku: 'AO-400', price: 4200, stock: 8 }),
      ],
    },
  },
  {
    draw: oilBurner,
    product: {
      slug: 'stoneware-burner',
      name: 'Stoneware oil burner',
      description: 'A wide bowl over a small flame. Thrown in stoneware, glazed inside.',
      features: ['Fits any tea light', 'Dishwasher safe'],
      variants: [{ sku: 'SB-1', options: {}, prices: [usd(3400), eur(3200)], stock: 18 }],
    },
  },
  {
    draw: solstice,
    product: {
      slug: 'winter-solstice',
      name: 'Winter Solstice',
      description: 'The numbered edition: juniper, cold air and clove. The last three.',
      features: ['Numbered and signed', 'Burns 100 hours'],
      variants: [{ sku: 'WS-24', options: {}, prices: [usd(5800)], stock: 3 }],
    },
  },
  {
    draw: tapers,
    product: {
      slug: 'beeswax-tapers',
      name: 'Beeswax tapers, a pair',
      description: 'Dipped twenty times, smelling of honey. Back when the bees are.',
      features: ['Pure beeswax', 'Burns 9 hours each'],
      variants: [{ sku: 'BT-2', options: {}, prices: [usd(2200)], stock: 0 }],
    },
  },
  {
    draw: giftCard,
    product: {
      slug: 'gift-card',
      name: 'Digital gift card',
      description: 'Sent by e-mail, never sold out, good for everything in the shop.',
      features: ['Delivered by e-mail', 'Never expires'],
      variants: [{ sku: 'GC-50', options: {}, prices: [usd(5000)], stock: null }],
    },
  },
  {
    draw: eveningSet,
    product: {
      slug: 'slow-evening',
      name: 'The Slow Evening set',
      description: 'A candle, a reed diffuser and a box of long matches: one evening, well lit.',
      features: ['Candle, 220 g', 'Reed diffuser, 100 ml', 'Forty matches'],
      variants: [{ sku: 'SE-SET', options: {}, prices: [usd(6400)], stock: 12 }],
    },
  },
]

export const REQUESTS: readonly Good[] = [
  {
    draw: requestPack,
    product: {
      slug: 'extra-requests',
      name: '500 extra requests',
      description: 'For the busy weeks: counted after the plan, good for ninety days.',
      features: [],
      grant: { meter: 'requests', quantity: 500, validDays: 90 },
      variants: [{ sku: 'REQ-500', options: {}, prices: [usd(900)], stock: null }],
    },
  },
]
