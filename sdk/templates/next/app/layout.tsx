/** The head of every page, from src/config.ts like everything else people see, and what stands around it. */

import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { config } from '../src/config'
import { iconOf, lookCss } from '../src/look'
import '../src/style.css'
import { Frame } from './frame'

const { name, tagline, description, icon, language, look } = config

export const metadata: Metadata = { title: `${name}: ${tagline}`, description, icons: icon || iconOf(look) }

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: look.paper.light },
    { media: '(prefers-color-scheme: dark)', color: look.paper.dark },
  ],
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang={language}>
      <head>
        <style dangerouslySetInnerHTML={{ __html: lookCss(look) }} />
      </head>
      <body>
        <div id="root">
          <Frame>{children}</Frame>
        </div>
      </body>
    </html>
  )
}
