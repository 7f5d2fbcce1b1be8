import { definePlugin } from 'trae-os/sdk'
import { create } from './actions/create.ts'
import { get } from './actions/get.ts'
import { markSent } from './actions/mark-sent.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'proposals',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Proposals',
  description: 'Writes numbered proposals, and keeps what became of them. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'proposals:read', reason: 'Says how a proposal stands.' },
      { name: 'proposals:write', reason: 'Writes proposals.' },
    ],
  },
  provides: { proposal: { create: 'create', get: 'get' } },
  actions: { create, get, 'mark-sent': markSent },
  messages: { 'pt-BR': pt },
})
