/** Builds the app. */

import { defineConfig } from 'vite'
import { head } from './head'

export default defineConfig({ plugins: [head()] })
