/** Builds the app. */

import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'
import { head } from './head'

export default defineConfig({ plugins: [head(), solid()] })
