/** Shown at /. */
'use client'

export { Shop as default } from '../src/views/shop'
