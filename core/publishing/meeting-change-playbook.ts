import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { providerAction } from '../plugins/provider-action.ts'
import type { ProviderOfMeeting } from '../sales/meeting-of-link.ts'
import { madeId, madeVersion } from './action-playbook.ts'
import type { PublishedVersion } from './playbook-registry.ts'
import type { PublishCore } from './publish-playbook.ts'

/**
 * The playbook by which the host carries out what a lead has asked for on the page of its meeting: it calls `move` or `cancel` of the plugin that has the meeting, for
 * hours where the vendor is away, and tells the team where that came to nothing. It ends with `{done: true}` or `{refused: <code>}`. Its inputs are `data`, for the
 * action, and `leadId`, `title`, `body` of what the team is told. Throws `NOT_FOUND` where the plugin is gone.
 */
export async function meetingChangeVersion(
  core: PublishCore & Pick<Core, 'playbooks'>,
  workspaceId: WorkspaceId,
  provider: ProviderOfMeeting,
  change: 'move' | 'cancel',
): Promise<PublishedVersion> {
  const { name, digest } = await providerAction(core, workspaceId, provider, change)
  const key = ['meeting', name, provider.account, digest]
  return madeVersion(core, workspaceId, key, sourceOf(name, provider.account))
}

/** What Google, say, has no time for now it may have in an hour; longer than that the lead has been called. */
const RETRY = '{ maxAttempts: 60, backoff: exponential, delay: 2s, maxDelay: 10m, maxDuration: 4h }'

function sourceOf(action: string, account: string): string {
  return `# Made by TRAE OS: a lead has asked for it on the page of its meeting.
id: ${madeId(`meeting-${action}`, [action, account])}
name: "A lead changes its meeting: ${action}"
module: vendas
triggers: [{ manual: true }]
inputs:
  data: { type: object, default: {} }
  leadId: { type: string }
  title: { type: string }
  body: { type: string }
steps:
  - id: change
    uses: ${action}
    account: ${account}
    with: \${{ inputs.data }}
    retry: ${RETRY}
    onError: continue
  - name: Refused?
    if: \${{ steps.change.status == "failed" }}
    then:
      - id: told
        uses: notify/tell
        with:
          title: \${{ inputs.title }}
          body: \${{ inputs.body + " " + steps.change.error.message }}
          urgent: true
          leadId: \${{ inputs.leadId }}
        retry: { maxAttempts: 60, backoff: exponential, delay: 5s, maxDelay: 1h, maxDuration: 3d }
        onError: continue
      - return: { refused: '\${{ steps.change.error.code }}' }
  - return: { done: true }
`
}
