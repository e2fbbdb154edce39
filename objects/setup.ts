/** Which pages may call a project and whether Stripe adds tax: read and changed by its owner. Its name is the account's. */

import type { SettingsPatch } from '../sdk/schema/project.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Settings } from './settings.ts'

/** A project as its owner sees it. Standing, listeners and the portal's name at Stripe are ours. */
export function toOwnProject(settings: Settings) {
  return {
    projectId: settings.projectId,
    mode: settings.mode,
    type: settings.type,
    name: settings.name,
    publishableKey: settings.publishableKey,
    allowedOrigins: settings.allowedOrigins,
    automaticTax: settings.automaticTax,
    accentColor: settings.accentColor,
    stripeAccountId: settings.stripeAccount,
    chargesEnabled: settings.chargesEnabled,
    createdAt: settings.createdAt,
    revision: settings.revision,
  }
}
export type OwnProject = ReturnType<typeof toOwnProject>

export class Setup {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  get(caller: Caller): Outcome<OwnProject> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    return refusal ?? ok(toOwnProject(this.#books.settings.require()))
  }

  /** Changes what is given. Refused when somebody changed the settings since the revision that was looked at. */
  update(caller: Caller, patch: SettingsPatch): Outcome<OwnProject> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const settings = this.#books.settings.require()
      const { ifRevision = settings.revision, ...given } = patch
      if (ifRevision !== settings.revision) return no('project_changed', { project: toOwnProject(settings) })
      const { automaticTax = settings.automaticTax, accentColor = settings.accentColor } = given
      const allowedOrigins = [...new Set(given.allowedOrigins ?? settings.allowedOrigins)]
      this.#books.settings.save({ ...settings, automaticTax, accentColor, allowedOrigins }, decision.revision)
      return ok(toOwnProject(this.#books.settings.require()))
    })
  }
}
