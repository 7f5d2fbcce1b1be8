import { definePlugin } from 'trae-os/sdk'
import { accounts } from './accounts.ts'
import { bookTime } from './actions/book.ts'
import { cancel } from './actions/cancel.ts'
import { findFreeTimes } from './actions/find-slots.ts'
import { getEvent } from './actions/get-event.ts'
import { listCalendars } from './actions/list-calendars.ts'
import { move } from './actions/move.ts'
import { schedule } from './actions/schedule.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }
import { eventChanged } from './triggers/event-changed.ts'

const HOST = 'www.googleapis.com'

export default definePlugin({
  id: 'google-calendar',
  version: '1.1.0',
  kind: 'integration',
  engine: '^0',
  title: 'Google Calendar',
  description: 'Finds free times, books, moves and cancels meetings in Google Calendar, and hears what changes there.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [{ host: HOST, reason: 'Reads and writes events of the calendar.' }],
    credentials: [
      {
        name: 'google',
        hosts: [HOST, 'oauth2.googleapis.com'],
        reason: 'Signs in to the account and signs its requests.',
      },
    ],
    records: [
      { name: 'leads:read', reason: 'Invites the lead by name and e-mail.' },
      { name: 'meetings:report', reason: 'Gives the lead a page on which it moves or cancels its meeting.' },
    ],
  },
  credentials: accounts,
  provides: {
    calendar: { schedule: 'schedule', 'find-slots': 'find-slots', book: 'book', move: 'move', cancel: 'cancel' },
  },
  actions: {
    schedule,
    'find-slots': findFreeTimes,
    book: bookTime,
    move,
    cancel,
    'get-event': getEvent,
    'list-calendars': listCalendars,
  },
  triggers: { 'event-changed': eventChanged },
  messages: { en, 'pt-BR': pt },
})
