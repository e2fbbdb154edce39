/** Shown at /. */
'use client'

export { Landing as default } from '../src/views/landing'
