import { definePlugin } from 'trae-os/sdk'
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
    'TRAE’s own calendar: books meetings in working hours of the workspace, never two at once. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'Invites the lead by name and e-mail.' },
      { name: 'meetings:read', reason: 'Leaves out times that are taken.' },
      { name: 'meetings:write', reason: 'Books the meeting.' },
    ],
  },
  provides: { calendar: { schedule: 'schedule' } },
  actions: { schedule },
  messages: { en, 'pt-BR': pt },
})
