import ICAL from 'ical.js'
import { storable } from '../words.ts'

export const MEETING_ANSWERS = ['accepted', 'declined', 'tentative'] as const
export type MeetingAnswer = (typeof MEETING_ANSWERS)[number]

/** What somebody's calendar program answers to an invitation (RFC 5546, 3.2.3). */
export interface ReadAnswer {
  readonly uid: string
  /** Of the invitation that is answered; null where the program does not say. */
  readonly sequence: number | null
  /** When the answer was made; null where the program does not say. */
  readonly stamp: Date | null
  /** Who answers, in lower case. */
  readonly attendee: string
  readonly answer: MeetingAnswer
  /** What they wrote beside it. */
  readonly note: string | null
}

/** Undefined for a text that is no such answer: a proposal of another time, an invitation, no calendar at all. Pure. */
export function readAnswer(text: string): ReadAnswer | undefined {
  const calendar = parse(text)
  if (calendar === undefined || said(calendar, 'method')?.toUpperCase() !== 'REPLY') return undefined
  const event = calendar.getFirstSubcomponent('vevent')
  const attendee = event?.getFirstProperty('attendee')
  const status = attendee?.getFirstParameter('partstat')?.toLowerCase()
  const answer = MEETING_ANSWERS.find(one => one === status)
  const uid = event ? said(event, 'uid') : undefined
  if (!event || !attendee || !answer || !uid) return undefined
  const sequence = Number(said(event, 'sequence') ?? Number.NaN)
  return {
    uid,
    sequence: Number.isInteger(sequence) ? sequence : null,
    stamp: stampOf(event),
    attendee: storable(
      String(attendee.getFirstValue() ?? '')
        .replace(/^mailto:/i, '')
        .toLowerCase(),
      320,
    ),
    answer,
    note: storable(said(event, 'comment')?.trim() ?? '', 1000) || null,
  }
}

function parse(text: string): ICAL.Component | undefined {
  try {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[] as never)
    return calendar.name === 'vcalendar' ? calendar : undefined
  } catch {
    return undefined
  }
}

const said = (component: ICAL.Component, name: string): string | undefined =>
  component.getFirstPropertyValue(name)?.toString()

function stampOf(event: ICAL.Component): Date | null {
  const value = event.getFirstPropertyValue('dtstamp')
  const stamp = value instanceof ICAL.Time ? value.toJSDate() : undefined
  return stamp && !Number.isNaN(stamp.getTime()) ? stamp : null
}
