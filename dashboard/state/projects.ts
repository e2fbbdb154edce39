/** The account's projects, read once for the switcher and every screen that needs a name. */

import { createRoot } from 'solid-js'
import { MODES, type Mode } from '../../sdk/schema/common.ts'
import type { ProjectView } from '../api/views.ts'
import { pathname } from '../router.tsx'
import { createRead } from './read.ts'
import { session } from './session.ts'

export const projects = createRoot(() =>
  createRead<{ projects: readonly ProjectView[] }>(
    () => {
      const platformId = session()?.account.platformId
      return platformId === undefined ? null : '/account/projects'
    },
    { key: 'projectId' },
  ),
)

/** Which project and mode the address names. */
export function openProject(): { projectId: string; mode: Mode } | null {
  const parts = /^\/p\/([^/]+)\/([^/]+)/.exec(pathname())
  const mode = MODES.find((one) => one === parts?.[2])
  return parts?.[1] === undefined || mode === undefined ? null : { projectId: parts[1], mode }
}

export const projectNamed = (projectId: string): ProjectView | undefined =>
  projects.value()?.projects.find((one) => one.projectId === projectId)

export function projectTitle(): string | null {
  const open = openProject()
  const name = open && projectNamed(open.projectId)?.name
  return open && name ? `${name} (${open.mode})` : null
}
