/** Planned failures of the outside services: which calls fail, how often and how. */

export const FAULT_KINDS = ['status', 'timeout_after_commit', 'delay', 'network'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]
export const SERVICES = ['stripe', 'clerk', 'mail'] as const
export type Service = (typeof SERVICES)[number]

export interface Fault {
  id: number
  service: Service
  method: string | null
  /** A prefix of the path, or the text of a regular expression. */
  path: string | null
  times: number
  kind: FaultKind
  status: number
  delayMs: number
}

export function createFaults(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS planned_faults (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      service TEXT NOT NULL CHECK (service IN ('stripe', 'clerk', 'mail')),
      method TEXT,
      path TEXT,
      times INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('status', 'timeout_after_commit', 'delay', 'network')),
      status INTEGER NOT NULL,
      delayMs INTEGER NOT NULL
    ) STRICT`)
}

export function addFault(sql: SqlStorage, fault: Omit<Fault, 'id'>): Fault {
  return sql
    .exec(
      `INSERT INTO planned_faults (service, method, path, times, kind, status, delayMs)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      fault.service,
      fault.method,
      fault.path,
      fault.times,
      fault.kind,
      fault.status,
      fault.delayMs,
    )
    .one() as unknown as Fault
}

export function listFaults(sql: SqlStorage): Fault[] {
  return sql.exec('SELECT * FROM planned_faults ORDER BY id').toArray() as unknown as Fault[]
}

export function clearFaults(sql: SqlStorage) {
  sql.exec('DELETE FROM planned_faults')
}

/** The fault that strikes this call, counted down; null when the call may pass. */
export function strike(sql: SqlStorage, service: Service, method: string, path: string): Fault | null {
  const fault = listFaults(sql).find(
    (candidate) =>
      candidate.service === service &&
      (candidate.method === null || candidate.method === method) &&
      (candidate.path === null || path.startsWith(candidate.path) || new RegExp(candidate.path).test(path)),
  )
  if (fault === undefined) return null
  if (fault.times <= 1) sql.exec('DELETE FROM planned_faults WHERE id = ?', fault.id)
  else sql.exec('UPDATE planned_faults SET times = times - 1 WHERE id = ?', fault.id)
  return fault
}
