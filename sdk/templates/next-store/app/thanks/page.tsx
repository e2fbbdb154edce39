/** Shown at /thanks. */
'use client'

export { Thanks as default } from '../../src/views/thanks'
