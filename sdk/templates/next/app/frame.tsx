/** Where the browser's part begins. */
'use client'

export { Frame } from '../src/frame'
