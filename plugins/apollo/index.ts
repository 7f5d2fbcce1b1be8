import { definePlugin } from 'trae-os/sdk'
import { accounts } from './accounts.ts'
import { company } from './actions/company.ts'
import { person } from './actions/person.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

const HOST = 'api.apollo.io'

export default definePlugin({
  id: 'apollo',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Apollo',
  description:
    'Asks Apollo who a lead is and where they work. What the lead said counts more; what nobody knows stays empty.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [{ host: HOST, reason: 'Looks up people and companies by e-mail, name and domain of leads.' }],
    credentials: [{ name: 'apollo', hosts: [HOST], reason: 'Signs requests.' }],
  },
  credentials: accounts,
  provides: { enrichment: { person: 'person' } },
  actions: { person, company },
  messages: { en, 'pt-BR': pt },
})
