import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import { resolveAction } from './resolve-action.ts'

/** The mailbox that is built in: what is sent stays on this host, where every member of the workspace reads it. */
const OURS = 'mailbox'

/**
 * Writes to a person about their account, through the workspace's `email/send`. A link that lets somebody in goes out only
 * where another provider takes it to a mailbox of their own: in the built-in one any VIEWER could take it. Answers
 * whether a link is on its way. Never throws: whoever asked is shown the link, or learns nothing.
 */
export async function writeToPerson(
  core: CallCore & Pick<Core, 'log'>,
  workspaceId: WorkspaceId,
  letter: {
    readonly to: string
    readonly locale: string
    readonly key: string
    readonly subject: string
    /** The body, with the link or without it. */
    readonly body: (link: boolean) => string
  },
): Promise<boolean> {
  try {
    const action = resolveAction(core, workspaceId, 'email/send')
    const link = action.pluginId !== OURS
    const workspace = await getWorkspace(core, workspaceId)
    const { to, locale, key, subject } = letter
    const call: ActionCall = {
      workspaceId,
      action,
      input: { to, subject, body: letter.body(link) },
      run: { id: newId(), path: 'account', attempt: 1, key, playbookId: '' },
      locale,
      timeZone: workspace.timeZone,
      workspaceLocale: workspace.locale,
      workspaceName: workspace.name,
    }
    await callAction(core, call)
    return link
  } catch (error) {
    core.log.warn({ workspaceId, error: errorRecord(error) }, 'a person could not be written to about their account')
    return false
  }
}
