/** A link within the app. */

import NextLink from 'next/link'
import type { ReactNode } from 'react'

export const Link = ({ to, className, children }: { to: string; className?: string; children: ReactNode }) => (
  <NextLink href={to} className={className}>
    {children}
  </NextLink>
)
