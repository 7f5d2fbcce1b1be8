import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compose, type Letter } from './compose.ts'
import { noteOutgoing, openMailbox } from './mailbox.ts'
import { openSmtp } from './smtp.ts'

/**
 * Hands a letter to the workspace's mail server at once and keeps nothing of it: for what nobody but its reader may see. A workspace
 * without a mail server takes the one of the environment. False where there is neither. Throws what `openSmtp` throws, and `UNAVAILABLE`
 * with the server's answer where that does not take it: nothing tries again by itself.
 */
export async function sendUnkept(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'egress' | 'config'>,
  workspaceId: WorkspaceId,
  given: Pick<Letter, 'to' | 'subject' | 'body' | 'locale'>,
): Promise<boolean> {
  const own = await openMailbox(core, workspaceId)
  const mailbox = own ?? core.config.mail
  if (!mailbox) return false
  const session = await openSmtp(core, mailbox)
  try {
    const { to } = given
    const letter = { ...given, id: newId(), createdAt: core.clock.now(), toLead: false, references: [] }
    const raw = await compose(core, mailbox, letter)
    const handed = await session.hand({ from: mailbox.address, to, raw }, async () => undefined)
    if (handed.kind !== 'taken')
      throw new TraeError('UNAVAILABLE', `${mailbox.smtp.host} did not take the letter to ${to}: ${handed.answer}`)
    if (own) await noteOutgoing(core, own.id, null)
    return true
  } finally {
    session.close()
  }
}
