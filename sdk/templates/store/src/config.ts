/** Everything people read and how it looks. Products, prices and stock are not here: the dashboard has them. */

import type { Look } from './look'

export const config = {
  name: 'Ember & Wick',
  tagline: 'Candles, poured by hand',
  description: 'Candles and burners, made in small batches.',
  /** The icon in the tab: a file of `public/`, as `/icon.svg`; left empty, a mark in the accent. */
  icon: '',
  /** What the words are written in. Prices and dates follow it. */
  language: 'en',

  look: {
    accent: { light: '#8a3d12', dark: '#f0a875' },
    paper: { light: '#fbf8f3', dark: '#171310' },
    theme: 'auto',
    radius: 10,
    font: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif",
    display: "ui-serif, 'Iowan Old Style', Palatino, Georgia, serif",
    displayWeight: 600,
    displayTracking: '-0.015em',
  } satisfies Look as Look,

  hero: {
    eyebrow: 'Small batches',
    title: 'Light for the long evenings.',
    line: 'Poured, trimmed and packed by hand. When a batch is gone, it is gone.',
  },
  shop: {
    title: 'What there is today',
    add: 'Add to the cart',
    added: 'In the cart',
    soldOut: 'Sold out',
    few: 'left',
    fewFrom: 5,
    details: 'Details',
    close: 'Close',
    empty: 'Nothing is on sale at the moment. Come back soon.',
  },
  cart: {
    title: 'Your cart',
    open: 'Cart',
    empty: 'Nothing in it yet.',
    remove: 'Remove',
    quantity: 'Quantity',
    total: 'Total',
    note: 'Shipping and tax are added at the checkout.',
    checkout: 'Go to the checkout',
    busy: 'One moment…',
  },
  thanks: {
    title: 'Thank you.',
    line: 'As soon as the payment is confirmed, your order is ours to pack.',
    order: 'See order',
    back: 'Back to the shop',
  },
  about: {
    link: 'About',
    title: 'Made slowly, on purpose',
    paragraphs: [
      'We pour soy wax into glass and stoneware, a few dozen at a time, and let it rest for two weeks.',
      'Everything is numbered. What you see here is what stands on the shelf at this moment.',
    ],
  },
  contact: {
    link: 'Contact',
    title: 'Write to us',
    line: 'About an order, a wish, or a burner that broke.',
    email: 'hello@example.com',
  },
  page: {
    skip: 'Skip to the content',
    menu: 'Main',
    loading: 'Loading',
    failed: 'Something went wrong. Please try again.',
    unreached: 'We could not be reached. Check your connection and try again: nothing is counted twice.',
  },
  footer: {
    line: 'Ember & Wick',
    links: [
      { label: 'About', href: '/about' },
      { label: 'Contact', href: '/contact' },
    ],
  },
}
