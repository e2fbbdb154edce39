/** Shown at /about. */
'use client'

export { About as default } from '../../src/views/about'
