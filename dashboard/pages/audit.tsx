/** Who did what, when, and how it ended. */

import type { AuditView, Page as Paged } from '../api/views.ts'
import { Choice, List, listQuery } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Copy, Status, Time } from '../components/parts.tsx'
import { projectNamed, projects } from '../state/projects.ts'
import { createRead } from '../state/read.ts'

export default function Audit() {
  const audit = createRead<Paged & { entries: readonly AuditView[] }>(
    () => `/account/audit${listQuery(['projectId', 'cursor'])}`,
  )
  return (
    <Page
      title="Audit log"
      about="Every change that a member made, and every project that a key made, kept for a year."
      actions={
        <Choice
          label="Project"
          name="projectId"
          options={(projects.value()?.projects ?? []).map(({ projectId, name }) => [projectId, name] as const)}
        />
      }
    >
      <List
        read={audit}
        pick={(value) => value.entries}
        columns={[
          { name: 'What', cell: (row) => <span class="mono">{row.action}</span> },
          { name: 'Which', cell: (row) => (row.target === null ? '' : <Copy text={row.target} />) },
          {
            name: 'Project',
            cell: (row) =>
              row.projectId === null ? (
                ''
              ) : (
                <span class="row">
                  {projectNamed(row.projectId)?.name ?? row.projectId}
                  {row.mode === null ? null : <Badge tone={row.mode === 'live' ? 'ok' : 'warn'}>{row.mode}</Badge>}
                </span>
              ),
          },
          { name: 'Who', cell: (row) => <bdi>{row.email}</bdi> },
          { name: 'Ended', cell: (row) => <Status of={row.outcome ?? 'unknown'} /> },
          { name: 'When', cell: (row) => <Time at={row.at} /> },
        ]}
        empty="Nothing was changed yet."
      />
    </Page>
  )
}
