import type { Letter, Translate } from 'trae-os/sdk'
import { formAnswer, type Lead, type Person } from './lead.ts'

export const KINDS = [
  'first-contact',
  'follow-up',
  'nurture',
  'meeting-confirmation',
  'meeting-reminder',
  'meeting-soon',
  'meeting-moved',
  'meeting-cancelled',
  'meeting-missed',
  'proposal-follow-up',
] as const

export interface MessageRequest {
  readonly kind: (typeof KINDS)[number]
  readonly lead: Lead
  readonly person?: Person
  readonly missing?: readonly { readonly field: string; readonly question: string }[] | null | undefined
  readonly meeting?:
    | {
        readonly startsAt: string
        readonly location?: string | null | undefined
        /** Where they move or cancel it themselves. */
        readonly changeLink?: string | null | undefined
      }
    | null
    | undefined
  readonly sender?:
    { readonly name?: string | null | undefined; readonly company?: string | null | undefined } | null | undefined
  /** The middle of a first contact in the words of a model. What is asked for in the end stays ours: it is what we can keep. */
  readonly written?: Letter | null | undefined
}

/**
 * Subject and body, in the language of the lead; times in the time zone of the lead, named. Pure. Says only what
 * the lead said (a company guessed from a domain is not mentioned), and every message that was not asked for ends with
 * the way out. `text` is the same for a phone: one greeting line, no letter's ending.
 */
export function composeMessage(
  { kind, lead, person, missing, meeting, sender, written }: MessageRequest,
  t: Translate,
  { locale, timeZone }: { locale: string; timeZone: string },
): { subject: string; body: string; text: string; locale: string } {
  const say = (key: string, values: Record<string, string> = {}) => t(`message.${key}`, values, locale)
  const name = firstNameOf(lead, person)
  const company = sayable(lead.company)
  const interest = sayable(formAnswer(lead, 'interest'))
  const when = meeting ? sayTime(meeting.startsAt, locale, timeZone) : ''
  const place = sayable(meeting?.location)
  // Who has the page need not write to us
  const change = (kind: 'meeting-confirmation' | 'meeting-soon') =>
    meeting?.changeLink ? say(`${kind}.change.link`, { link: meeting.changeLink }) : say(`${kind}.change`)
  const question = missing?.find(({ field }) => field !== 'email' && field !== 'phone')?.question

  const greeting = name ? say('greeting.name', { name }) : say('greeting')
  const paragraphs = {
    'first-contact': [
      ...(written?.paragraphs.map(({ text }) => text) ?? [
        interest ? say('first-contact.interest', { interest }) : say('first-contact.opening'),
        company ? say('first-contact.company', { company }) : say('first-contact.general'),
      ]),
      question && say('first-contact.question', { question }),
      say('first-contact.ask'),
    ],
    'follow-up': [interest ? say('follow-up.interest', { interest }) : say('follow-up.opening'), say('follow-up.ask')],
    nurture: [
      say('nurture.opening'),
      company ? say('nurture.company', { company }) : say('nurture.general'),
      say('nurture.ask'),
    ],
    'meeting-confirmation': [
      say('meeting-confirmation.when', { when }),
      place && say('meeting-confirmation.place', { place }),
      change('meeting-confirmation'),
    ],
    'meeting-reminder': [
      say('meeting-reminder.when', { when }),
      place && say('meeting-confirmation.place', { place }),
      change('meeting-confirmation'),
    ],
    'meeting-soon': [
      say('meeting-soon.when', { when }),
      place && say('meeting-confirmation.place', { place }),
      change('meeting-soon'),
    ],
    'meeting-moved': [
      say('meeting-moved.when', { when }),
      place && say('meeting-confirmation.place', { place }),
      change('meeting-confirmation'),
    ],
    'meeting-cancelled': [say('meeting-cancelled.opening', { when }), say('meeting-cancelled.ask')],
    'meeting-missed': [say('meeting-missed.opening', { when }), say('meeting-missed.ask')],
    'proposal-follow-up': [say('proposal-follow-up.opening'), say('proposal-follow-up.ask')],
  }[kind]
  const said = paragraphs.filter(Boolean)
  const from = [sayable(sender?.name), sayable(sender?.company)].filter(Boolean).join(', ')
  const signature = [say('closing'), sayable(sender?.name), sayable(sender?.company)].filter(Boolean).join('\n')
  const asked = kind.startsWith('meeting-') // about what they booked themselves
  const wayOut = asked ? undefined : say('way-out')
  return {
    subject:
      written?.subject ??
      (company && !asked ? say(`${kind}.subject.company`, { company }) : say(`${kind}.subject`, { when })),
    body: [greeting, ...said, signature, wayOut].filter(Boolean).join('\n\n'),
    text: [`${greeting} ${said[0]}`, ...said.slice(1), from, wayOut].filter(Boolean).join('\n\n'),
    locale,
  }
}

/** How they are greeted, if that may be repeated. */
export const firstNameOf = (lead: Lead, person: Person): string | undefined =>
  sayable(person?.firstName ?? lead.name.trim().split(/\s+/)[0])

/**
 * What a stranger typed into a form, if it may be repeated in a message: one short line without addresses. Otherwise
 * anybody could make us mail their links to anybody.
 */
export function sayable(text: string | null | undefined): string | undefined {
  const line = text?.trim()
  if (!line || line.length > 80 || /[\n\r<>@]|:\/\/|www\.|\.[a-z]{2,}\//i.test(line)) return undefined
  return line
}

/** `quinta-feira, 5 de março, 10:00 BRT` */
function sayTime(instant: string, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(instant))
}
