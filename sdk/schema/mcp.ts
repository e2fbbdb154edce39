/** What an agent sends to the MCP server. */

import * as v from 'valibot'

/** One message of JSON-RPC; what is in it is the tools' affair. */
export const McpMessage = v.strictObject({
  jsonrpc: v.literal('2.0'),
  id: v.optional(v.union([v.string(), v.number()])),
  method: v.optional(v.string()),
  params: v.optional(v.record(v.string(), v.unknown())),
  result: v.optional(v.unknown()),
  error: v.optional(v.unknown()),
})
