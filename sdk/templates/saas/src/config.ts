/** Everything people read and how it looks. Prices, limits and what a plan offers are not here: the dashboard has them. */

import type { Look } from './look'

export const config = {
  name: 'Inkwell',
  tagline: 'Covers from a sentence',
  description: 'Type a sentence and get a cover for your post, deck or album.',
  /** The icon in the tab: a file of `public/`, as `/icon.svg`; left empty, a mark in the accent. */
  icon: '',
  /** What the words are written in. Prices and dates follow it. */
  language: 'en',

  look: {
    accent: { light: '#5b3df5', dark: '#a99bff' },
    paper: { light: '#fbfaf9', dark: '#131217' },
    theme: 'auto',
    radius: 14,
    font: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif",
    display: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif",
    displayWeight: 720,
    displayTracking: '-0.03em',
  } satisfies Look as Look,

  /** What the plans count, as the dashboard names it. */
  meter: 'requests',
  /** One and many of what is counted, as people read it. */
  unit: { one: 'cover', many: 'covers' },

  hero: {
    eyebrow: 'Covers, made of words',
    title: 'A cover for every sentence you write.',
    line: 'Say what it is about. Inkwell draws a cover that belongs to those words and to no others, ready to use.',
    action: 'Start for free',
    try: 'Examples',
    examples: ['The tide comes in twice a day', 'Notes on a quiet week', 'How we moved the database'],
  },
  steps: {
    title: 'Three steps, no blank page',
    list: [
      { title: 'Write a sentence', line: 'A headline, a lyric, the first line of your post.' },
      { title: 'Get its cover', line: 'The same words always make the same picture.' },
      { title: 'Save it', line: 'As an SVG, sharp at any size.' },
    ],
  },
  features: {
    title: 'Small, and good at one thing',
    list: [
      { title: 'Yours', line: 'Use what you make wherever you like.' },
      { title: 'Sharp', line: 'Vector all through: a thumbnail or a wall.' },
      { title: 'Fair', line: 'A refused or failed try is never counted.' },
    ],
  },
  pricing: {
    link: 'Pricing',
    title: 'Pick what fits',
    line: 'Change or cancel whenever you like.',
    popular: 'Popular',
    month: 'month',
    year: 'year',
  },
  questions: {
    title: 'Questions',
    list: [
      { question: 'What counts as a cover?', answer: 'Each one that was made for you. A try that failed does not.' },
      {
        question: 'Can I change my plan?',
        answer: 'Whenever you like. What you have paid for is set against the new plan.',
      },
      {
        question: 'What happens at the limit?',
        answer: 'Nothing is charged. Wait until the period begins anew, or upgrade.',
      },
    ],
  },
  page: {
    skip: 'Skip to the content',
    menu: 'Main',
    loading: 'Loading',
    failed: 'Something went wrong. Please try again.',
    unreached: 'We could not be reached. Check your connection and try again: nothing is counted twice.',
  },
  footer: {
    line: 'Inkwell',
    links: [{ label: 'Write to us', href: 'mailto:hello@example.com' }],
  },

  signIn: {
    title: 'Sign in to go on',
    line: 'An account takes a minute and costs nothing.',
    up: 'Sign up',
    in: 'Sign in',
  },
  menu: {
    label: 'Account',
    dashboard: 'Dashboard',
    plan: 'Change plan',
    account: 'Your account',
    billing: 'Billing',
    signOut: 'Sign out',
  },
  plans: {
    title: 'Choose your plan',
    line: 'You can change it later.',
    current: 'Your plan',
    free: 'Go on for free',
    buy: 'Get',
    trial: 'days to try it',
  },
  dashboard: {
    title: 'Your covers',
    field: 'A sentence',
    example: 'The tide comes in twice a day',
    action: 'Make a cover',
    busy: 'Drawing…',
    empty: 'Your first cover will appear here.',
    save: 'Save as SVG',
    usage: 'What is left',
    unlimited: 'Unlimited',
    left: 'left',
    used: 'used',
    until: 'Begins anew on',
    spent: 'You have used them all',
    spentLine: 'Upgrade and go on at once, or come back when the period begins anew.',
    upgrade: 'Upgrade',
  },
}
