/** The production Worker, as a deployment that lacks the settings which a request names: what it says is then tested. */

import production from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'

export * from '../../worker/index.ts'

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const settings = JSON.parse(request.headers.get('X-Settings') ?? '{}') as Partial<Env>
    return production.fetch(request, { ...env, ...settings })
  },
}
