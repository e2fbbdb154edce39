/** Writes the language, title, description, icon and look of src/config.ts into the page, so that nothing flashes when it loads. */

import type { HtmlTagDescriptor, Plugin } from 'vite'
import { config } from './src/config'
import { iconOf, lookCss } from './src/look'

export function head(): Plugin {
  const { name, tagline, description, icon, language, look } = config
  const tags: HtmlTagDescriptor[] = [
    { tag: 'title', children: escape(`${name}: ${tagline}`) },
    { tag: 'meta', attrs: { name: 'description', content: description } },
    { tag: 'link', attrs: { rel: 'icon', href: icon || iconOf(look) } },
    ...(['light', 'dark'] as const).map((scheme) => ({
      tag: 'meta',
      attrs: { name: 'theme-color', content: look.paper[scheme], media: `(prefers-color-scheme: ${scheme})` },
    })),
    { tag: 'style', children: lookCss(look) },
  ]
  return {
    name: 'head-of-config',
    transformIndexHtml: (html) => ({ html: html.replace('<html', `<html lang="${language}"`), tags }),
  }
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
