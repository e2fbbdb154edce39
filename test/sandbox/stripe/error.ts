/** Stripe's refusals in Stripe's shape. Thrown, they undo the call; returned as an answer, they keep what was done. */

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'

export interface ErrorFields {
  status: number
  message: string
  type?: ErrorType
  code?: string
  param?: string
  extra?: Record<string, unknown>
}

export class StripeError extends Error {
  readonly status: number
  readonly body: { error: Record<string, unknown> }

  constructor({ status, message, type = 'invalid_request_error', code, param, extra }: ErrorFields) {
    super(message)
    this.status = status
    const docUrl = code && `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`
    this.body = {
      error: { ...(code && { code, doc_url: docUrl }), message, ...(param && { param }), type, ...extra },
    }
  }
}

export const invalid = (message: string, param?: string, code?: string) =>
  new StripeError({ status: 400, message, param, code })

export const missingParam = (param: string) => invalid(`Missing required param: ${param}.`, param, 'parameter_missing')

export const unknownParam = (param: string) =>
  invalid(`Received unknown parameter: ${param}`, param, 'parameter_unknown')

/** Stripe has it; this stand-in does not, and says so rather than pretend. */
export const notSimulated = (what: string, param?: string) =>
  invalid(`The sandbox does not simulate ${what}.`, param, 'sandbox_not_simulated')

export const noSuch = (noun: string, id: string, param = 'id') =>
  new StripeError({
    status: param === 'id' ? 404 : 400,
    message: `No such ${noun}: '${id}'`,
    param,
    code: 'resource_missing',
  })

/** An endpoint that Stripe has (the contract knows it), but this stand-in has not. */
export const notHere = (method: string, path: string) =>
  new StripeError({
    status: 404,
    code: 'sandbox_not_simulated',
    message: `The sandbox does not simulate ${method} ${path}.`,
  })

export const cardDeclined = (extra: Record<string, unknown> = {}) =>
  new StripeError({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
    message: 'Your card was declined.',
    extra: { decline_code: 'generic_decline', ...extra },
  })
