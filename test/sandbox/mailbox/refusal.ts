/** The mail service's refusals, in its shape. */

export class MailRefusal extends Error {
  readonly status: number
  readonly body: { statusCode: number; name: string; message: string }

  constructor(status: number, name: string, message: string) {
    super(message)
    this.status = status
    this.body = { statusCode: status, name, message }
  }
}

export const invalidMail = (message: string) => new MailRefusal(422, 'validation_error', message)
