import { getWorkspace } from '../access/workspace.ts'
import { leadTimeZone } from '../sales/lead-time-zone.ts'
import type { ActiveRun, RunCore } from './active-run.ts'

/** The zone (IANA name) that a playbook means: `subject` is that of the lead where it is known, else the workspace's. */
export async function timeZoneOf(core: Pick<RunCore, 'sql'>, run: ActiveRun, written: string): Promise<string> {
  if (written !== 'subject') return written
  const lead = await run.subject.lead()
  return (lead && leadTimeZone(lead)) ?? (await getWorkspace(core, run.lease.workspaceId)).timeZone
}
