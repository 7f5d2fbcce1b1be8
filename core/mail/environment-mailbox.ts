import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { openMailbox, putMailbox, removeMailbox } from './mailbox.ts'

/**
 * At every start: the first workspace has the mail servers of the environment, and none of an environment that no longer names any.
 * Nothing is asked of the servers: one that is away keeps no host from starting.
 */
export async function settleEnvironmentMailbox(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'config' | 'queue'>,
  workspaceId: WorkspaceId,
): Promise<void> {
  const { mail } = core.config
  const before = await openMailbox(core, workspaceId)
  if (!mail) {
    if (before?.source === 'environment') await removeMailbox(core, workspaceId, 'host')
    return
  }
  const { address, name, smtp, imap, passwords } = before ?? {}
  const same =
    before?.source === 'environment' &&
    JSON.stringify({ address, name, smtp, imap, passwords }) ===
      JSON.stringify({
        address: mail.address,
        name: mail.name,
        smtp: mail.smtp,
        imap: mail.imap,
        passwords: mail.passwords,
      })
  if (!same) await putMailbox(core, workspaceId, mail, { source: 'environment', actor: 'host', cursor: null })
}
