/** Creates every table of the Stripe stand-in. */
import { createChaos } from './chaos.ts'
import { createDeliveries } from './deliveries.ts'
import { createEvents } from './events.ts'
import { createFaults } from './faults.ts'
import { createIdempotency } from './idempotency.ts'
import { createMeterEvents } from './meterEvents.ts'
import { createOAuth } from './oauth.ts'
import { createAccountLinks } from './onboarding.ts'
import { createRequestLog } from './requestLog.ts'
import { createObjects } from './store.ts'

export function createTables(sql: SqlStorage) {
  createObjects(sql)
  createEvents(sql)
  createDeliveries(sql)
  createChaos(sql)
  createIdempotency(sql)
  createRequestLog(sql)
  createFaults(sql)
  createOAuth(sql)
  createAccountLinks(sql)
  createMeterEvents(sql)
}
