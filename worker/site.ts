/** The dashboard's pages, beside the API on one origin: which file answers, what it may load, and how long it is kept. */

import type { Env } from './env.ts'
import { GUARDED, json } from './http.ts'
import type { Call } from './router.ts'

/** Addresses that are never a page. */
const API = /^\/(api|account|webhook|orders|health|dashboard)(\/|$)/
/** Files whose name carries a hash of what is in them. */
const HASHED = /^\/assets\//
const FILE = /\.[a-z0-9]+$/

/** What a page must know before anybody has signed in. */
export async function settings({ env }: Call): Promise<Response> {
  return json({ clerkPublishableKey: env.CLERK_PUBLISHABLE_KEY_MEMBERS })
}

/** A file of the dashboard, or its one page for every address that a browser opens; `null` when neither was meant. */
export async function servePage(request: Request, env: Env): Promise<Response | null> {
  const { pathname, origin } = new URL(request.url)
  if (env.ASSETS === undefined || API.test(pathname) || !['GET', 'HEAD'].includes(request.method)) return null
  const isFile = FILE.test(pathname)
  const isPage = pathname === '/' || request.headers.get('Accept')?.includes('text/html') === true
  if (!isFile && !isPage) return null
  const address = new URL(isFile ? pathname : '/index.html', origin)
  const file = await env.ASSETS.fetch(address, { method: request.method, headers: conditions(request) })
  if (file.status !== 200 && file.status !== 304) return null
  const response = new Response(file.body, file)
  response.headers.set('Cache-Control', keptFor(pathname, isFile))
  for (const [name, value] of Object.entries(manners(env, origin))) response.headers.set(name, value)
  return response
}

function conditions(request: Request): Headers {
  const known = request.headers.get('If-None-Match')
  return new Headers(known === null ? {} : { 'If-None-Match': known })
}

function keptFor(pathname: string, isFile: boolean): string {
  if (HASHED.test(pathname)) return 'public, max-age=31536000, immutable'
  return isFile ? 'public, no-cache' : 'no-store'
}

function manners(env: Env, origin: string): Record<string, string> {
  const clerk = clerkOrigin(env.CLERK_PUBLISHABLE_KEY_MEMBERS)
  const socket = origin.replace(/^http/, 'ws')
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${clerk}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src 'self' ${socket} ${clerk}`,
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    ...GUARDED,
  }
}

/** A publishable key of Clerk is the host of its instance, in base64, with a dollar sign behind it. */
function clerkOrigin(publishableKey: string): string {
  const host = atob(publishableKey.split('_')[2] ?? '').replace(/\$$/, '')
  return `https://${host}`
}
