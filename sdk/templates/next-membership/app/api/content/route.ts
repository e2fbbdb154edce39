/** The server function: what may be read, by whom. */

import { makeContent } from '../../../server/content'
import { env } from '../../../src/env'

export const GET = makeContent(env)
