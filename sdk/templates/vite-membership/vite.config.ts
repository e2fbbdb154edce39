/** Builds the app; while it is developed and previewed, the server function answers beside it. */

import { defineConfig, loadEnv } from 'vite'
import { head } from './head'
import { serveContent } from './server/vite'

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, import.meta.dirname, 'VITE_')
  return { plugins: [head(), serveContent(env)] }
})
