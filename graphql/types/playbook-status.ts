import type { Core } from '../../core/context.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import type { PlaybookRecord } from '../../core/publishing/playbook-record.ts'
import { archivePlaybook, pausePlaybook, resumePlaybook } from '../../core/publishing/playbook-status.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { PlaybookPayload } from './playbook-draft.ts'
import { outcome } from './user-error.ts'

type Change = (core: Core, workspaceId: WorkspaceId, id: string) => Promise<PlaybookRecord>

statusMutation(
  'playbookPause',
  pausePlaybook,
  'Pauses a playbook: it starts no runs, whatever its triggers say; runs under way go on. One that was archived may be edited again.',
)
statusMutation(
  'playbookResume',
  resumePlaybook,
  'Lets a paused or archived playbook start runs again; what happened meanwhile starts nothing. Refused while a plugin, an account or a playbook that it names is not here any more.',
)
statusMutation(
  'playbookArchive',
  archivePlaybook,
  'Puts a playbook away: it starts no runs and takes no new version; its runs and versions stay.',
)

function statusMutation(
  name: 'playbookPause' | 'playbookResume' | 'playbookArchive',
  change: Change,
  what: string,
): void {
  const typeName = `P${name.slice(1)}`
  const input = builder.inputType(`${typeName}Input`, {
    description: 'Which playbook.',
    fields: t => ({ playbookId: t.id({ required: true, description: 'The playbook.' }) }),
  })
  builder.mutationField(name, t =>
    t.field({
      type: PlaybookPayload(`${typeName}Payload`, 'A playbook in its new state.'),
      ...guarded('playbooks:write', what),
      args: { input: t.arg({ type: input, required: true, description: 'Which playbook.' }) },
      resolve: (_root, { input }, c) =>
        outcome({ playbook: null }, async () => ({
          playbook: await change(c.core, workspaceOf(c), rowId('Playbook', input.playbookId)),
        })),
    }),
  )
}
