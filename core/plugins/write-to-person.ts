import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { sendUnkept } from '../mail/send-unkept.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import { resolveAction } from './resolve-action.ts'

/** The mailbox that is built in: what is sent through it is kept on this host, where every member of the workspace reads it. */
const OURS = 'mailbox'

interface LetterToPerson {
  readonly to: string
  readonly locale: string
  readonly key: string
  readonly subject: string
  /** The body, with the link or without it. */
  readonly body: (link: boolean) => string
}
type PersonCore = CallCore & Pick<Core, 'log' | 'vault' | 'egress'>

/**
 * Writes to a person about their account. A link that lets somebody in goes where only they read it: through the workspace's other
 * provider of `email/send`, or straight to the mail server, past the built-in mailbox that any VIEWER reads. Where there is
 * neither, or the server does not take it, a letter without the link is left in that mailbox. Answers whether a link is on its way. Never
 * throws: whoever asked is shown the link, or learns nothing.
 */
export async function writeToPerson(
  core: PersonCore,
  workspaceId: WorkspaceId,
  letter: LetterToPerson,
): Promise<boolean> {
  try {
    const action = resolveAction(core, workspaceId, 'email/send')
    const isOurs = action.pluginId === OURS
    if (isOurs && (await sentByServer(core, workspaceId, letter))) return true
    const workspace = await getWorkspace(core, workspaceId)
    const { to, locale, key, subject } = letter
    const call: ActionCall = {
      workspaceId,
      action,
      input: { to, subject, body: letter.body(!isOurs) },
      run: { id: newId(), path: 'account', attempt: 1, key, playbookId: '' },
      locale,
      timeZone: workspace.timeZone,
      workspaceLocale: workspace.locale,
      workspaceName: workspace.name,
    }
    await callAction(core, call)
    return !isOurs
  } catch (error) {
    core.log.warn({ workspaceId, error: errorRecord(error) }, 'a person could not be written to about their account')
    return false
  }
}

async function sentByServer(
  core: PersonCore,
  workspaceId: WorkspaceId,
  { to, subject, locale, body }: LetterToPerson,
): Promise<boolean> {
  try {
    return await sendUnkept(core, workspaceId, { to, subject, locale, body: body(true) })
  } catch (error) {
    core.log.warn({ workspaceId, error: errorRecord(error) }, 'the mail server did not take a letter about an account')
    return false
  }
}
