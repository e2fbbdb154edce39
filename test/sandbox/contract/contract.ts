/**
 * Holds a request to Stripe against the types of Stripe's own SDK, and answers what Stripe would answer to a wrong one.
 * It knows no state: whether a customer exists, or a price may be sold together with another, is for the sandbox to say.
 */
import { contract } from './generated.ts'
import { checkParameters } from './parameter.ts'
import type { Problem } from './parameter.ts'

export { checkStripeObject } from './answer.ts'

export type StripeErrorBody = {
  status: number
  error: { type: 'invalid_request_error'; code?: string; param?: string; message: string }
}

/** Null when the request is well formed. `params` are the parsed form or query: objects and lists with strings as leaves. */
export function checkStripeRequest(
  method: string,
  path: string,
  params: Record<string, unknown>,
): StripeErrorBody | null {
  const operation = findOperation(method, path)
  if (!operation) return unknownUrl(method, path)
  const problem = checkParameters(operation.params, params)
  return problem && badRequest(problem)
}

type Operation = { method: string; segments: string[]; wildcards: number; params: number | null }

const operations: Operation[] = contract.operations.map(([method, path, params]) => {
  const segments = path.split('/')
  return { method, segments, wildcards: segments.filter((segment) => segment === '*').length, params }
})

/** The most literal path wins: `/v1/customers/search` is not the customer named `search`. */
function findOperation(method: string, path: string): Operation | null {
  const segments = path.split('/')
  const matches = operations.filter((operation) => operation.method === method && fits(operation.segments, segments))
  return matches.sort((a, b) => a.wildcards - b.wildcards)[0] ?? null
}

function fits(pattern: string[], segments: string[]): boolean {
  if (pattern.length !== segments.length) return false
  return pattern.every((part, at) => part === segments[at] || (part === '*' && segments[at] !== ''))
}

function unknownUrl(method: string, path: string): StripeErrorBody {
  const message =
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs ` +
    'or we can help at https://support.stripe.com/.'
  return { status: 404, error: { type: 'invalid_request_error', message } }
}

const badRequest = (problem: Problem): StripeErrorBody => ({
  status: 400,
  error: { type: 'invalid_request_error', ...problem },
})
