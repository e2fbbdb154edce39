/** Shown at /dashboard. */
'use client'

export { Dashboard as default } from '../../src/views/dashboard'
