import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { getLead } from './leads.ts'
import { sendMessage } from './messages.ts'

/**
 * A person of the team writes to a lead, once per `key`. Answers the id of the letter. Throws `NOT_FOUND`, `CONFLICT` for a lead
 * without an address, and as `sendMessage`.
 */
export async function writeToLead(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'config'>,
  workspaceId: WorkspaceId,
  {
    leadId,
    subject,
    body,
    inReplyTo,
    key,
  }: {
    readonly leadId: string
    readonly subject: string
    readonly body: string
    readonly inReplyTo?: string | undefined
    readonly key: string
  },
): Promise<string> {
  const { name, email } = await getLead(core, workspaceId, { id: leadId })
  if (email === null) throw new TraeError('CONFLICT', `${name} has no e-mail address: enter one first.`)
  const message = { leadId, to: email, subject, body, inReplyTo }
  return (await sendMessage(core, workspaceId, message, { key: `hand:${key}`, runId: null })).id
}
