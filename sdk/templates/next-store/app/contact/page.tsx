/** Shown at /contact. */
'use client'

export { Contact as default } from '../../src/views/about'
