/** The routes of signed-in members: what each is for and what it reads. */

import {
  AcceptInput,
  AccountPatch,
  AuditQuery,
  ConnectionFinish,
  ConnectionStart,
  DisconnectQuery,
  InvitationInput,
  MemberPatch,
} from '../../sdk/schema/account.ts'
import {
  ProjectDeletion,
  ProjectExport,
  ProjectInput,
  ProjectPatch,
  TestModeDeletion,
} from '../../sdk/schema/project.ts'
import { PromotionInput, PromotionPatch } from '../../sdk/schema/promotion.ts'
import { ReportQuery } from '../../sdk/schema/report.ts'
import type { Operation } from './operations.ts'

const account = (summary: string, rest: Omit<Operation, 'tag' | 'summary'> = {}): Operation => ({
  tag: 'Account',
  summary,
  ...rest,
})

export const ACCOUNT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /dashboard/config': account('What the dashboard must know before anybody has signed in'),
  'GET /account/all': account('Every account of this person'),
  'POST /account/invitations/accept': account('Join the account that an invitation names', { body: AcceptInput }),
  'GET /account': account('The account'),
  'PATCH /account': account('Name the account', { body: AccountPatch }),
  'GET /account/members': account('Who is in it, and who is invited'),
  'POST /account/invitations': account('Invite somebody by mail', { body: InvitationInput, status: 201 }),
  'DELETE /account/invitations/:id': account('Take an invitation back'),
  'PATCH /account/members/:id': account('Change a role', { body: MemberPatch }),
  'DELETE /account/members/:id': account('Remove a member'),
  'GET /account/audit': account('Who did what, when, from where, and how it ended', { query: AuditQuery }),
  'GET /account/reports': account('All projects in figures', { query: ReportQuery }),
  'GET /account/billing': account('Our own bill: subscription, live customers, estimate'),
  'GET /account/billing/invoices': account('Our invoices'),
  'POST /account/billing/checkout': account('Begin the subscription to us'),
  'POST /account/billing/portal': account('Manage the subscription to us'),
  'GET /account/connections': account('The Stripe accounts of both modes'),
  'POST /account/connections/:mode/start': account('Connect Stripe', { body: ConnectionStart }),
  'POST /account/connections/:mode/finish': account('Come back from Stripe', { body: ConnectionFinish }),
  'DELETE /account/connections/:mode': account('Disconnect Stripe', { query: DisconnectQuery }),
  'GET /account/export': account('Everything of a project, streamed', {
    query: ProjectExport,
    answer: 'application/x-ndjson',
  }),
  'GET /account/projects': account('The projects'),
  'POST /account/projects': account('Make a project; its secret key is shown once', {
    body: ProjectInput,
    status: 201,
  }),
  'GET /account/projects/:projectId': account('One project'),
  'PATCH /account/projects/:projectId': account('Rename a project, or set it aside', { body: ProjectPatch }),
  'GET /account/projects/:projectId/promotion': account('What going live would make'),
  'POST /account/projects/:projectId/promotion': account('Go live', { body: PromotionInput }),
  'PATCH /account/projects/:projectId/promotion': account('Take later changes over', { body: PromotionPatch }),
  'DELETE /account/projects/:projectId': account('Delete a project for good', { body: ProjectDeletion }),
  'DELETE /account/projects/:projectId/test': account('Delete test mode for good', { body: TestModeDeletion }),
}
