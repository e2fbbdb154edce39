/** The tools as an MCP server: one for each request, nothing kept between them. */

import { createMcpHandler, McpServer, type CallToolResult } from '@modelcontextprotocol/server'
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ERRORS, type Code } from '../../sdk/schema/error.ts'
import { todoOf } from '../docs/errors.ts'
import type { SiblingWish } from '../sibling.ts'
import { TOOLS, type Wish } from './tools.ts'

const INSTRUCTIONS = `dream-api: sign-in, subscriptions, usage limits and a store. Begin with read_docs (page "rules", then "quickstart-saas" or
"quickstart-store"). Everything acts on the project and mode of the key. A refusal carries a code: explain_refusal says what to do.`

export interface Session {
  readonly isTest: boolean
  /** Carries a wish out with the agent's own key. */
  readonly call: (wish: Wish) => Promise<Response>
  /** Makes a further project with it. */
  readonly create: (wish: SiblingWish) => Promise<Response>
}

/** Answers one message. */
export function answerMcp(request: Request, message: unknown, session: Session): Promise<Response> {
  const handler = createMcpHandler(() => makeServer(session), { maxSubscriptions: 0 })
  return handler.fetch(request, { parsedBody: message })
}

function makeServer(session: Session): McpServer {
  const server = new McpServer({ name: 'dream-api', version: '0.1.0' }, { instructions: INSTRUCTIONS })
  for (const [name, { description, input, reads, testOnly, does }] of Object.entries(TOOLS)) {
    const config = {
      description: testOnly ? `${description} Test mode only.` : description,
      inputSchema: toInput(input),
      annotations: { readOnlyHint: reads, destructiveHint: false, openWorldHint: false },
    }
    server.registerTool(name, config, async (given): Promise<CallToolResult> => {
      if (testOnly && !session.isTest) return refused('test_key_required')
      const wish = does(given as never)
      if (typeof wish === 'string') return right(wish)
      return answerOf(await ('project' in wish ? session.create(wish.project) : session.call(wish)))
    })
  }
  return server
}

/** A schema that can say itself in JSON Schema; what it asks beyond that is said by its refusal. */
function toInput(schema: v.GenericSchema) {
  const said = () => ({ ...toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' }) })
  return { '~standard': { ...schema['~standard'], jsonSchema: { input: said, output: said } } }
}

const right = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] })
const wrong = (text: string): CallToolResult => ({ content: [{ type: 'text', text }], isError: true })

function refused(code: Code): CallToolResult {
  const { error, message } = ERRORS[code]
  return wrong(`${JSON.stringify({ error, code, message })}\n\n${todoOf(code)}`)
}

/** What the API answered; a refusal with what to do about it. */
async function answerOf(response: Response): Promise<CallToolResult> {
  const text = await response.text()
  if (response.ok) return right(text)
  const { code } = JSON.parse(text) as { code: Code }
  return wrong(code in ERRORS ? `${text}\n\n${todoOf(code)}` : text)
}
