/** Everything people read and how it looks, but for what only members may read: that is in server/pieces.ts. */

import type { Look } from './look'

export const config = {
  name: 'FitFlow',
  tagline: 'Strength in twenty minutes',
  description: 'Short sessions for people who sit all day. Some are free, all are for members.',
  /** The icon in the tab: a file of `public/`, as `/icon.svg`; left empty, a mark in the accent. */
  icon: '',
  /** What the words are written in. Prices and dates follow it. */
  language: 'en',

  look: {
    accent: { light: '#0b6b57', dark: '#5fd9bb' },
    paper: { light: '#f8faf8', dark: '#0f1513' },
    theme: 'auto',
    radius: 18,
    font: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif",
    display: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif",
    displayWeight: 780,
    displayTracking: '-0.035em',
  } satisfies Look as Look,

  hero: {
    eyebrow: 'Twenty minutes, no equipment',
    title: 'Move like you mean it.',
    line: 'Sessions you can do in the room you are in. Written out step by step, with what to do when it is too much.',
    action: 'Start for free',
  },
  inside: { title: 'What is inside', free: 'Free', members: 'For members', minutes: 'min' },
  pricing: {
    link: 'Membership',
    title: 'One membership, all of it',
    line: 'Stop whenever you like.',
    popular: 'Everything',
    month: 'month',
    year: 'year',
  },
  questions: {
    title: 'Questions',
    list: [
      { question: 'Do I need equipment?', answer: 'A floor, and a chair that does not roll.' },
      { question: 'Can I stop?', answer: 'At any time, under Billing. You keep what you have paid for until it ends.' },
    ],
  },
  page: {
    skip: 'Skip to the content',
    menu: 'Main',
    loading: 'Loading',
    failed: 'Something went wrong. Please try again.',
    unreached: 'We could not be reached. Check your connection and try again: nothing is counted twice.',
  },
  footer: { line: 'FitFlow', links: [{ label: 'Write to us', href: 'mailto:hello@example.com' }] },

  signIn: {
    title: 'Sign in to go on',
    line: 'An account takes a minute and costs nothing.',
    up: 'Sign up',
    in: 'Sign in',
  },
  menu: {
    label: 'Account',
    dashboard: 'Library',
    plan: 'Membership',
    account: 'Your account',
    billing: 'Billing',
    signOut: 'Sign out',
  },
  plans: {
    title: 'Become a member',
    line: 'Or look around for free first.',
    current: 'Your plan',
    free: 'Go on for free',
    buy: 'Join as',
    trial: 'days to try it',
  },
  library: {
    title: 'Library',
    welcome: 'You are a member: all of it is yours.',
    read: 'Read',
    wall: 'This one is for members',
    wallLine: 'Join, and it opens at once.',
    join: 'Become a member',
  },
}
