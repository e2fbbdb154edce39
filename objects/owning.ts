/** The projects of an account: making, naming, setting aside. Each decision here is carried to the project by the outbox. */

import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import { modesOf, type Holding } from './holdings.ts'
import { standingAfter } from './lifetime.ts'
import type { Linking } from './linking.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Office, Records } from './records.ts'

const PROJECTS_MAX = 100
/** A project whose making was cut off is looked for after so long. */
const CHECK_AFTER_MS = 60_000

export class Owning {
  readonly #office: Office
  readonly #records: Records
  readonly #linking: Linking

  constructor(office: Office, records: Records, linking: Linking) {
    this.#office = office
    this.#records = records
    this.#linking = linking
  }

  /** Keeps a place for a project that is about to be made; the same id again answers the same place. */
  begin(project: { projectId: string; name: string; type: ProjectType }): Outcome<Holding> {
    return this.#office.decide((decision) => {
      const { holdings } = this.#records
      const known = holdings.get(project.projectId)
      if (known !== null) return known.deletedAt === null ? ok(known) : no('project_deleted')
      if (holdings.all().length >= PROJECTS_MAX) return no('too_many_projects')
      const holding: Holding = {
        ...project,
        createdAt: decision.now,
        testAt: null,
        liveAt: null,
        archivedAt: null,
        deletingAt: null,
        deletedAt: null,
      }
      holdings.save(holding)
      const key = `${project.projectId}:test`
      this.#office.owe({ kind: 'project.check', key, at: decision.now + CHECK_AFTER_MS }, decision)
      return ok(holding)
    })
  }

  /** The project is there in this mode, or, if its making never happened, is not. */
  checked(projectId: string, mode: Mode, isThere: boolean, then: (decision: Decision) => void): Outcome<null> {
    return this.#office.decide((decision) => {
      const { holdings } = this.#records
      const holding = holdings.get(projectId)
      if (holding === null) return ok(null)
      const field = mode === 'test' ? 'testAt' : 'liveAt'
      if (isThere && holding[field] === null) {
        holdings.save({ ...holding, [field]: decision.now })
        this.oweStanding({ ...holding, [field]: decision.now }, decision)
        // Made while the project was being deleted: it goes, too.
        if (holding.deletingAt !== null) {
          const payload = { cancelSubscriptions: false, reason: 'the project was deleted' }
          this.#office.owe({ kind: 'project.purge', key: `${projectId}:${mode}`, payload }, decision)
        }
        if (this.#linking.factsFor(mode) !== null)
          this.#office.owe({ kind: 'project.connection', key: `${projectId}:${mode}` }, decision)
      }
      then(decision)
      if (!isThere && holding.deletingAt === null && modesOf(holding).length === 0) holdings.drop(projectId)
      return ok(null)
    })
  }

  list(): Holding[] {
    return this.#records.holdings.all().filter((holding) => modesOf(holding).length > 0)
  }

  get(projectId: string): Outcome<Holding> {
    const holding = this.#records.holdings.get(projectId)
    return holding === null ? no('project_not_found') : ok(holding)
  }

  change(projectId: string, change: { name?: string | undefined; archived?: boolean | undefined }): Outcome<Holding> {
    return this.#office.decide((decision) => {
      const { holdings } = this.#records
      const holding = holdings.get(projectId)
      if (holding === null || holding.deletedAt !== null) return no('project_not_found')
      const { name = holding.name, archived = holding.archivedAt !== null } = change
      const changed = { ...holding, name, archivedAt: archived ? (holding.archivedAt ?? decision.now) : null }
      holdings.save(changed)
      if (name !== holding.name)
        for (const mode of modesOf(holding))
          this.#office.owe({ kind: 'project.name', key: `${projectId}:${mode}` }, decision)
      return ok(changed)
    })
  }

  /** Tells every project how the account stands, read again when it is told. */
  oweStanding(holding: Holding, decision: Decision): void {
    for (const mode of modesOf(holding))
      this.#office.owe({ kind: 'project.standing', key: `${holding.projectId}:${mode}` }, decision)
  }

  oweStandings(decision: Decision): void {
    for (const holding of this.#records.holdings.all()) this.oweStanding(holding, decision)
  }

  /** What a project must know of its account. */
  factsFor(projectId: string) {
    const holding = this.#records.holdings.get(projectId)
    const { endedAt } = this.#records.profile.require()
    return { name: holding?.name ?? null, standing: standingAfter(endedAt) }
  }
}
