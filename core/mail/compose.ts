import MailComposer from 'nodemailer/lib/mail-composer'
import type { Invitation } from '../calendars/invitation.ts'
import type { Core } from '../context.ts'
import { letterHtml } from './letter-html.ts'
import type { Mailbox } from './mailbox.ts'
import { unsubscribeLink, unsubscribeToken } from './unsubscribe-link.ts'

export interface Letter {
  readonly id: string
  readonly to: string
  readonly subject: string
  /** Plain text. */
  readonly body: string
  readonly createdAt: Date
  /** The language of the letter: pt-BR or en. */
  readonly locale: string
  /** Is it to somebody that we sell to? They may ask not to be written to; the team may not. */
  readonly toLead: boolean
  /** Message-IDs of what it answers, the first of the conversation first. */
  readonly references: readonly string[]
  /** To a meeting, for the reader's own calendar. */
  readonly invitation?: Invitation | undefined
}

/** The Message-ID of a letter of ours, always the same: a repeat after a crash is recognised by it. */
export const messageIdOf = (id: string, address: string) => `<${id}@${address.slice(address.indexOf('@') + 1)}>`

/** The letters of ours that these Message-IDs name. */
export const idsIn = (messageIds: readonly string[]): string[] =>
  messageIds.flatMap(text => OUR_ID.exec(text)?.[1]?.toLowerCase() ?? [])
const OUR_ID = /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/i

/** Subject of what a mail program sends for its reader who wants no more (RFC 2369), followed by the token. */
export const UNSUBSCRIBE_SUBJECT = 'unsubscribe '

/** The letter as it goes out (RFC 5322): its text, and beside it the same as HTML (RFC 2046, multipart/alternative). To a lead with the headers by which mail programs offer to unsubscribe (RFC 2369, RFC 8058). */
export async function compose(
  core: Pick<Core, 'vault' | 'config'>,
  { address, name, imap }: Pick<Mailbox, 'address' | 'name' | 'imap'>,
  letter: Letter,
): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name, address },
    to: { name: '', address: letter.to },
    subject: letter.subject,
    text: letter.body,
    html: letterHtml(letter, letter.toLead ? pageToUnsubscribe(core, letter.id) : undefined),
    ...(letter.invitation && { icalEvent: { ...letter.invitation, filename: 'invite.ics' } }),
    date: letter.createdAt,
    messageId: messageIdOf(letter.id, address),
    inReplyTo: letter.references.at(-1),
    references: [...letter.references],
    headers: letter.toLead ? unsubscribeHeaders(core, letter.id, imap && address) : {},
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

/** Undefined where nobody else reaches this host. */
export const pageToUnsubscribe = (core: Pick<Core, 'vault' | 'config'>, id: string): string | undefined =>
  core.config.publicUrl === undefined ? undefined : unsubscribeLink(core, id)

/** By a link where others reach this host, by mail where that is read. `mailto` is the address, or null. */
export function unsubscribeHeaders(
  core: Pick<Core, 'vault' | 'config'>,
  id: string,
  mailto: string | null,
): Record<string, string> {
  const link = pageToUnsubscribe(core, id)
  const subject = encodeURIComponent(`${UNSUBSCRIBE_SUBJECT}${unsubscribeToken(core, id)}`)
  const ways = [
    ...(link === undefined ? [] : [`<${link}>`]),
    ...(mailto === null ? [] : [`<mailto:${mailto}?subject=${subject}>`]),
  ]
  if (ways.length === 0) return {}
  return {
    'List-Unsubscribe': ways.join(', '),
    ...(link?.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  }
}
