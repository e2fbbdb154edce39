/** Writes the title, description and look of src/config.ts into the page's head, so that nothing flashes when it loads. */

import type { Plugin } from 'vite'
import { config } from './src/config'
import { lookCss } from './src/look'

export function head(): Plugin {
  const { name, tagline, description, look } = config
  const both = ['light', 'dark'] as const
  return {
    name: 'head-of-config',
    transformIndexHtml: () => [
      { tag: 'title', children: escape(`${name}: ${tagline}`) },
      { tag: 'meta', attrs: { name: 'description', content: description } },
      ...both.map((scheme) => ({
        tag: 'meta',
        attrs: { name: 'theme-color', content: look.paper[scheme], media: `(prefers-color-scheme: ${scheme})` },
      })),
      { tag: 'style', children: lookCss(look) },
    ],
  }
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
