/** What the server refused, or that it could not be reached. */

import type { Code, ErrorBody } from '../../sdk/schema/error.ts'

export interface Issue {
  readonly field: string
  readonly problem: string
}

export class ApiError extends Error {
  readonly status: number
  readonly code: Code | 'network'
  readonly requestId: string | null
  readonly detail: Readonly<Record<string, unknown>>

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.message ?? 'The server could not be reached. Check your connection; what you see may be old.')
    this.status = status
    this.code = body.code ?? (status === 0 ? 'network' : 'internal')
    this.requestId = body.requestId ?? null
    this.detail = body
  }

  /** What is wrong with which field. */
  get issues(): readonly Issue[] {
    return (this.detail['issues'] as readonly Issue[] | undefined) ?? []
  }

  /** Nobody foresaw it: whoever helps needs the request's id. */
  get isUnexpected(): boolean {
    return this.status >= 500
  }
}

export const toApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(0, { message: error instanceof Error ? error.message : String(error) })
