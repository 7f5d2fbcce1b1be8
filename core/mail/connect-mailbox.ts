import { actorOf } from '../access/audit.ts'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import type { MailSettings } from '../mail-settings.ts'
import { compose } from './compose.ts'
import { openFolder } from './imap.ts'
import { findMailbox, type Mailbox, noteOutgoing, openMailbox, putMailbox, removeMailbox } from './mailbox.ts'
import { openSmtp } from './smtp.ts'

type ConnectCore = Pick<Core, 'sql' | 'vault' | 'clock' | 'egress' | 'config' | 'queue'>
interface By {
  readonly workspaceId: WorkspaceId
  readonly userId: UserId
}

/**
 * Connects a workspace to its mail servers, once both have let us in: from then on e-mails of the built-in mailbox go out for real. A
 * password that is null stays as it was, for the same server and user. Letters that are in the folder already are not read. Throws what
 * `openSmtp` and `openFolder` throw, `CONFLICT` where whoever runs this host has set it.
 */
export async function connectMailbox(core: ConnectCore, by: By, settings: MailSettings): Promise<Mailbox> {
  const before = await openMailbox(core, by.workspaceId)
  if (before) refuseOfEnvironment(before)
  const same = (one: MailSettings['imap'] | MailSettings['smtp'], other: typeof one | undefined) =>
    one !== null && one.host === other?.host && one.port === other.port && one.user === other.user
  const passwords = {
    smtp: settings.passwords.smtp ?? (same(settings.smtp, before?.smtp) ? before!.passwords.smtp : null),
    imap: settings.passwords.imap ?? (same(settings.imap, before?.imap) ? before!.passwords.imap : null),
  }
  const wanted = { ...settings, passwords }
  const cursor = await letIn(core, wanted)
  return putMailbox(core, by.workspaceId, wanted, { source: 'form', actor: actorOf(by.userId), cursor })
}

/** E-mails stay on this host from now on. Throws `NOT_FOUND`, `CONFLICT`. */
export async function disconnectMailbox(core: ConnectCore, { workspaceId, userId }: By): Promise<void> {
  const mailbox = await findMailbox(core, workspaceId)
  if (!mailbox) throw new TraeError('NOT_FOUND', 'This workspace has no mail server.')
  refuseOfEnvironment(mailbox)
  await removeMailbox(core, workspaceId, actorOf(userId))
}

/** Sends a letter to try the servers, and looks into the folder. Answers what the server said. Throws as `connectMailbox`. */
export async function testMailbox(
  core: ConnectCore,
  { workspaceId }: Pick<By, 'workspaceId'>,
  to: string,
): Promise<string> {
  const mailbox = await openMailbox(core, workspaceId)
  if (!mailbox) throw new TraeError('NOT_FOUND', 'This workspace has no mail server.')
  const { imap, passwords } = mailbox
  if (imap) await (await openFolder(core, { imap, passwords })).close()
  const { name, locale } = await getWorkspace(core, workspaceId)
  const words = WORDS[locale === 'pt-BR' ? 'pt-BR' : 'en']
  const session = await openSmtp(core, mailbox)
  try {
    const raw = await compose(core, mailbox, {
      id: newId(),
      to,
      subject: words.subject(name),
      body: words.body(name),
      createdAt: core.clock.now(),
      locale,
      toLead: false,
      references: [],
    })
    const handed = await session.hand({ from: mailbox.address, to, raw }, async () => undefined)
    if (handed.kind === 'taken') {
      await noteOutgoing(core, mailbox.id, null)
      return handed.answer
    }
    throw new TraeError('UNAVAILABLE', `${mailbox.smtp.host} did not take the letter to ${to}: ${handed.answer}`)
  } finally {
    session.close()
  }
}

/** Asks both servers. Answers where reading begins. */
export async function letIn(core: Pick<Core, 'egress'>, settings: MailSettings) {
  ;(await openSmtp(core, settings)).close()
  if (settings.imap === null) return null
  const folder = await openFolder(core, { imap: settings.imap, passwords: settings.passwords })
  await folder.close()
  return { uidValidity: folder.uidValidity, nextUid: folder.uidNext }
}

function refuseOfEnvironment({ source }: Mailbox): void {
  if (source === 'environment')
    throw new TraeError(
      'CONFLICT',
      'Whoever runs this host has set the mail server (TRAE_SMTP_URL). Ask them, or take the variable away.',
    )
}

const WORDS = {
  en: {
    subject: (name: string) => `${name}: e-mails arrive`,
    body: (name: string) => `This letter was sent to try the mail server of ${name} in TRAE OS. It needs no answer.`,
  },
  'pt-BR': {
    subject: (name: string) => `${name}: os e-mails chegam`,
    body: (name: string) =>
      `Esta mensagem foi enviada para testar o servidor de e-mail de ${name} no TRAE OS. Não precisa responder.`,
  },
}
