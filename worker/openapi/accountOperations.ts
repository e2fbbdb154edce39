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
import * as answers from '../../sdk/schema/answers/account.ts'
import * as figures from '../../sdk/schema/answers/figures.ts'
import * as projects from '../../sdk/schema/answers/projects.ts'
import { DashboardSettings } from '../../sdk/schema/answers/service.ts'
import type { Operation } from './operations.ts'

const account = (summary: string, rest: Omit<Operation, 'tag' | 'summary'>): Operation => ({
  tag: 'Account',
  summary,
  ...rest,
})

export const ACCOUNT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /dashboard/config': account('What the dashboard must know before anybody has signed in', {
    answer: DashboardSettings,
  }),
  'GET /account/all': account('Every account of this person', { answer: answers.Accounts }),
  'POST /account/invitations/accept': account('Join the account that an invitation names', {
    body: AcceptInput,
    answer: answers.Joined,
  }),
  'GET /account': account('The account', { answer: answers.OwnAccount }),
  'PATCH /account': account('Name the account', { body: AccountPatch, answer: answers.ChangedAccount }),
  'GET /account/members': account('Who is in it, and who is invited', { answer: answers.Members }),
  'POST /account/invitations': account('Invite somebody by mail', {
    body: InvitationInput,
    status: 201,
    answer: answers.MadeInvitation,
  }),
  'DELETE /account/invitations/:id': account('Take an invitation back', { answer: answers.Removed }),
  'PATCH /account/members/:id': account('Change a role', { body: MemberPatch, answer: answers.ChangedMember }),
  'DELETE /account/members/:id': account('Remove a member', { answer: answers.Removed }),
  'GET /account/audit': account('Who did what, when, from where, and how it ended', {
    query: AuditQuery,
    answer: answers.AuditLog,
  }),
  'GET /account/reports': account('All projects in figures', {
    query: ReportQuery,
    answer: figures.Report,
    also: 'text/csv',
  }),
  'GET /account/billing': account('Our own bill: subscription, live customers, estimate', { answer: answers.Bill }),
  'GET /account/billing/invoices': account('Our invoices', { answer: answers.Invoices }),
  'POST /account/billing/checkout': account('Begin the subscription to us', { answer: answers.HostedPage }),
  'POST /account/billing/portal': account('Manage the subscription to us', { answer: answers.HostedPage }),
  'GET /account/connections': account('The Stripe accounts of both modes', { answer: answers.Connections }),
  'POST /account/connections/:mode/start': account('Connect Stripe', {
    body: ConnectionStart,
    answer: answers.ConnectionStarted,
  }),
  'POST /account/connections/:mode/finish': account('Come back from Stripe', {
    body: ConnectionFinish,
    answer: answers.Connected,
  }),
  'DELETE /account/connections/:mode': account('Disconnect Stripe', {
    query: DisconnectQuery,
    answer: answers.Removed,
  }),
  'GET /account/export': account('Everything of a project, streamed', {
    query: ProjectExport,
    answer: 'application/x-ndjson',
  }),
  'GET /account/projects': account('The projects', { answer: projects.Projects }),
  'POST /account/projects': account('Make a project; its secret key is shown once', {
    body: ProjectInput,
    answer: projects.MadeProject,
    status: 201,
  }),
  'GET /account/projects/:projectId': account('One project', { answer: projects.OneProject }),
  'PATCH /account/projects/:projectId': account('Rename a project, or set it aside', {
    body: ProjectPatch,
    answer: projects.OneProject,
  }),
  'GET /account/projects/:projectId/promotion': account('What going live would make', {
    answer: projects.ShownPromotion,
  }),
  'POST /account/projects/:projectId/promotion': account('Go live', {
    body: PromotionInput,
    answer: projects.Promoted,
    status: 201,
  }),
  'PATCH /account/projects/:projectId/promotion': account('Take later changes over', {
    body: PromotionPatch,
    answer: projects.ShownPromotion,
  }),
  'DELETE /account/projects/:projectId': account('Delete a project for good', {
    body: ProjectDeletion,
    answer: projects.OneProject,
    status: 202,
  }),
  'DELETE /account/projects/:projectId/test': account('Delete test mode for good', {
    body: TestModeDeletion,
    answer: projects.OneProject,
    status: 202,
  }),
}
