/** Cloudflare Access: the keys that its team publishes, and tokens as it would give them to those it lets through. */

import { exportJWK, importPKCS8, SignJWT } from 'jose'
import { ACCESS } from '../keys.ts'

const DAY_SECONDS = 86_400
const EMAIL = 'operator@dream.example'

/** The team's own host. */
export async function answerAccess(request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== '/cdn-cgi/access/certs')
    return Response.json({ error: 'the sandbox plays the keys of Access only' }, { status: 404 })
  const { kty, n, e } = await exportJWK(await importPKCS8(ACCESS.privateKey, 'RS256', { extractable: true }))
  return Response.json({ keys: [{ kid: ACCESS.keyId, kty, alg: 'RS256', use: 'sig', n, e }] })
}

/** `null` for any other path. */
export async function controlAccess(request: Request, now: number): Promise<Response | null> {
  const { pathname, origin } = new URL(request.url)
  if (request.method === 'POST' && pathname === '/sandbox/access/token') {
    const wish = (await request.json().catch(() => ({}))) as Wish
    return Response.json({ token: await mint(wish, now) })
  }
  if (request.method === 'GET' && pathname === '/sandbox/access/open') {
    const cookie = `CF_Authorization=${await mint({}, now)}; Path=/admin; HttpOnly; SameSite=Lax; Max-Age=${DAY_SECONDS}`
    return new Response(null, { status: 302, headers: { Location: `${origin}/admin`, 'Set-Cookie': cookie } })
  }
  return null
}

interface Wish {
  readonly email?: string
  readonly claims?: Record<string, unknown>
  readonly expiresIn?: number
}

async function mint({ email = EMAIL, claims = {}, expiresIn = DAY_SECONDS }: Wish, now: number): Promise<string> {
  const iat = Math.floor(now / 1000)
  const token = new SignJWT({
    iss: `https://${ACCESS.team}`,
    aud: [ACCESS.audience],
    iat,
    nbf: iat,
    exp: iat + expiresIn,
    type: 'app',
    email,
    ...claims,
  })
  const header = { alg: 'RS256', kid: ACCESS.keyId, typ: 'JWT' }
  return token.setProtectedHeader(header).sign(await importPKCS8(ACCESS.privateKey, 'RS256'))
}
