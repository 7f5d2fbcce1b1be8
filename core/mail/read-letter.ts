import type { Attachment, ParsedMail } from 'mailparser'
import { type ReadAnswer, readAnswer } from '../calendars/read-answer.ts'
import { storable } from '../words.ts'
import { idsIn, UNSUBSCRIBE_SUBJECT } from './compose.ts'
import { isAddressGone } from './smtp.ts'

/** What a letter that came in is to us. */
export type ReadLetter =
  /** A report that a letter of ours came back for good (RFC 3464). */
  | {
      readonly kind: 'bounce'
      readonly ours: readonly string[]
      readonly messageIds: readonly string[]
      readonly to: string | undefined
      readonly reason: string
    }
  /** A report about a letter that is only late, or arrived. */
  | { readonly kind: 'report' }
  /** Somebody's mail program says that its reader wants no more (RFC 2369). */
  | { readonly kind: 'unsubscribe'; readonly token: string }
  /** Somebody's calendar answers an invitation (RFC 5546). */
  | { readonly kind: 'meeting-answer'; readonly from: string; readonly answer: ReadAnswer }
  | {
      readonly kind: 'letter'
      readonly messageId: string | undefined
      /** In lower case. */
      readonly from: string
      readonly subject: string
      /** Without what it quotes below. */
      readonly text: string
      /** Letters of ours that it answers, the nearest first; and Message-IDs of all that it answers. */
      readonly ours: readonly string[]
      readonly messageIds: readonly string[]
      /** Written by a program: an absence, a receipt (RFC 3834). */
      readonly automatic: boolean
    }

/** Reads a letter as it was sent (RFC 5322, MIME). Texts are at most 20 000 characters, and such that a database can hold them. Pure. */
export async function readLetter(source: Buffer): Promise<ReadLetter> {
  const { simpleParser } = await import('mailparser') // some megabytes of memory, for those who get letters
  const mail = await simpleParser(source, {
    keepDeliveryStatus: true,
    ignoreEmbedded: true,
    checksumAlgo: false,
    skipTextToHtml: true,
    skipImageLinks: true,
    maxHtmlLengthToParse: 1_000_000,
  })
  const status = mail.attachments.find(({ contentType }) => /^message\/(global-)?delivery-status$/.test(contentType))
  if (status) return readReport(mail, status)
  const subject = (mail.subject ?? '').trim()
  if (subject.toLowerCase().startsWith(UNSUBSCRIBE_SUBJECT))
    return { kind: 'unsubscribe', token: subject.slice(UNSUBSCRIBE_SUBJECT.length).trim() }
  const from = storable(mail.from?.value[0]?.address?.toLowerCase() ?? '', 320)
  const answer = answerIn(mail)
  if (answer) return { kind: 'meeting-answer', from, answer }
  const messageIds = answeredBy(mail)
  return {
    kind: 'letter',
    messageId: mail.messageId === undefined ? undefined : storable(mail.messageId, 1000),
    from,
    subject: storable(subject, 255),
    text: storable(withoutQuoted(mail.text ?? ''), 20_000),
    ours: idsIn(messageIds),
    messageIds,
    automatic: isAutomatic(mail),
  }
}

/** As a part beside the text, or attached (RFC 6047). */
function answerIn({ attachments }: ParsedMail): ReadAnswer | undefined {
  for (const { contentType, content } of attachments) {
    if (!/^(text\/calendar|application\/ics)$/.test(contentType)) continue
    const answer = readAnswer(content.toString('utf8'))
    if (answer) return answer
  }
  return undefined
}

/** The nearest first. */
function answeredBy({ inReplyTo, references }: ParsedMail): string[] {
  const all = typeof references === 'string' ? references.split(/\s+/) : (references ?? [])
  return [...new Set([...(inReplyTo?.split(/\s+/) ?? []), ...all.toReversed()])].flatMap(id => storable(id, 1000) || [])
}

/** RFC 3834, and what programs of before it say. Lists and newsletters are nobody's answer either. */
function isAutomatic({ headers }: ParsedMail): boolean {
  const said = (name: string) => String(headers.get(name) ?? '').toLowerCase()
  const submitted = said('auto-submitted')
  return (
    (submitted !== '' && !submitted.startsWith('no')) ||
    /^(bulk|junk|list|auto_reply)/.test(said('precedence')) ||
    ['x-autoreply', 'x-autorespond', 'x-auto-response-suppress-reply', 'feedback-id'].some(name => headers.has(name)) ||
    headers.has('list')
  )
}

/** Fields per recipient follow the fields of the message, in blocks (RFC 3464, 2.1). */
function readReport(mail: ParsedMail, status: Attachment): ReadLetter {
  const blocks = status.content
    .toString('utf8')
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/)
    .map(fieldsOf)
  const failed = blocks.find(
    block =>
      block['action']?.toLowerCase() === 'failed' && isAddressGone(`${block['status'] ?? ''} ${reasonOf(block)}`),
  )
  if (!failed) return { kind: 'report' }
  const original = mail.attachments.find(({ contentType }) =>
    /^(message\/(rfc822|global)|text\/rfc822-headers|message\/(rfc822|global)-headers)$/.test(contentType),
  )
  const head = original?.content.toString('utf8').split(/\r?\n\r?\n/)[0] ?? ''
  const own = /^message-id:\s*(<[^>]+>)/im.exec(head)?.[1]
  const messageIds = [...(own === undefined ? [] : [own]), ...answeredBy(mail)]
  return {
    kind: 'bounce',
    ours: idsIn(messageIds),
    messageIds,
    to: recipientOf(failed),
    reason: storable(reasonOf(failed) || `${failed['status'] ?? ''}`, 1000),
  }
}

const recipientOf = (block: Record<string, string>): string | undefined => {
  const address = (block['original-recipient'] ?? block['final-recipient'])?.split(';').at(-1)?.trim().toLowerCase()
  return address === undefined ? undefined : storable(address, 320)
}
const reasonOf = (block: Record<string, string>) => (block['diagnostic-code'] ?? '').replace(/^[^;]*;\s*/, '')

function fieldsOf(block: string): Record<string, string> {
  const unfolded = block.replaceAll(/\n[ \t]+/g, ' ')
  return Object.fromEntries(
    unfolded.split('\n').flatMap(line => {
      const at = line.indexOf(':')
      return at < 1 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]]
    }),
  )
}

/** What mail programs write above a letter that they quote, in the languages that our leads write. */
const ABOVE_QUOTED =
  /^(?:(?:Em|No dia|On|El|Le|Am) [^\n]{5,200}?(?:\n[^\n]{0,120})?(?:escreveu|wrote|escribió|a écrit|schrieb[^\n]*)\s*:|-{2,} ?(?:Mensagem original|Mensagem encaminhada|Original Message|Forwarded message) ?-{2,}|_{20,}|(?:De|From): [^\n]+\n(?:Enviad[ao](?: em)?|Sent|Data|Date): )/im

/** The writer's own words: nothing of what is quoted below them, or between them. The whole where nothing else is there. */
export function withoutQuoted(text: string): string {
  const lines = text.replaceAll('\r\n', '\n')
  const cut = ABOVE_QUOTED.exec(lines)
  const own = (cut ? lines.slice(0, cut.index) : lines)
    .split('\n')
    .filter(line => !line.startsWith('>'))
    .join('\n')
    .trim()
  return own === '' ? lines.trim() : own
}
