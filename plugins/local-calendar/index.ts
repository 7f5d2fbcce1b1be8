import { definePlugin } from 'trae-os/sdk'
import { bookTime } from './actions/book.ts'
import { cancel } from './actions/cancel.ts'
import { findFreeTimes } from './actions/find-slots.ts'
import { move } from './actions/move.ts'
import { schedule } from './actions/schedule.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'local-calendar',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Calendar',
  description:
    'TRAE’s own calendar: books meetings in working hours, each with somebody of the team who is free. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'Invites the lead by name and e-mail.' },
      { name: 'meetings:read', reason: 'Finds times at which somebody of the team is free.' },
      { name: 'meetings:write', reason: 'Books, moves and cancels meetings.' },
    ],
  },
  provides: {
    calendar: { schedule: 'schedule', 'find-slots': 'find-slots', book: 'book', move: 'move', cancel: 'cancel' },
  },
  actions: { schedule, 'find-slots': findFreeTimes, book: bookTime, move, cancel },
  messages: { en, 'pt-BR': pt },
})
