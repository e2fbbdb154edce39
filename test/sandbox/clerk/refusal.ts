/** A refusal in the shape and the words of Clerk's Backend API. Thrown inside the stand-in, turned into a response at its edge. */

export class ClerkRefusal extends Error {
  readonly status: number
  readonly body: { errors: object[]; clerk_trace_id: string }
  readonly headers: Record<string, string>

  constructor(status: number, error: ClerkError, headers: Record<string, string> = {}) {
    super(error.long)
    this.status = status
    this.headers = headers
    this.body = { errors: [wireError(error)], clerk_trace_id: crypto.randomUUID().replaceAll('-', '') }
  }
}

export type ClerkError = { code: string; message: string; long: string; param?: string }

const wireError = ({ code, message, long, param }: ClerkError): object => ({
  message,
  long_message: long,
  code,
  ...(param === undefined ? {} : { meta: { param_name: param } }),
})

export const notFound = (what: string, id: string): ClerkRefusal =>
  new ClerkRefusal(404, {
    code: 'resource_not_found',
    message: 'not found',
    long: `No ${what} was found with id ${id}.`,
  })

export const unknownRoute = (): ClerkRefusal =>
  new ClerkRefusal(404, { code: 'resource_not_found', message: 'not found', long: 'Resource not found' })

export const unknownParam = (param: string): ClerkRefusal =>
  new ClerkRefusal(422, {
    code: 'form_param_unknown',
    message: 'is unknown',
    long: `${param} is not a valid parameter for this request.`,
    param,
  })

export const missingParam = (param: string): ClerkRefusal =>
  new ClerkRefusal(422, {
    code: 'form_param_missing',
    message: 'is missing',
    long: `${param} must be included.`,
    param,
  })

export const wrongType = (param: string, type: string): ClerkRefusal =>
  new ClerkRefusal(422, {
    code: 'form_param_type_invalid',
    message: 'is invalid',
    long: `\`${param}\` must be a \`${type}\`.`,
    param,
  })

export const wrongFormat = (param: string, what: string): ClerkRefusal =>
  new ClerkRefusal(422, {
    code: 'form_param_format_invalid',
    message: 'is invalid',
    long: `${param} must be ${what}.`,
    param,
  })

export const wrongValue = (param: string): ClerkRefusal =>
  new ClerkRefusal(422, {
    code: 'form_param_value_invalid',
    message: 'is invalid',
    long: `${param} is invalid`,
    param,
  })

export const taken = (what: string, param: string): ClerkRefusal => {
  const message = `That ${what} is taken. Please try another.`
  return new ClerkRefusal(422, { code: 'form_identifier_exists', message, long: message, param })
}
