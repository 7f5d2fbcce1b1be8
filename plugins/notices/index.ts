import { definePlugin } from 'trae-os/sdk'
import { tell } from './actions/tell.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'notices',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Notices',
  description: 'An inbox for each person of the team, behind the bell of the admin. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: { records: [{ name: 'notices:write', reason: 'Tells people what playbooks want them to know.' }] },
  provides: { notify: { tell: 'tell' } },
  actions: { tell },
  messages: { 'pt-BR': pt },
})
