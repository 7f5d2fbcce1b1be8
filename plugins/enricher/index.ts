import { definePlugin } from 'trae-os/sdk'
import { person } from './actions/person.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'enricher',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Enricher',
  description: 'Works out what a lead’s own e-mail, phone, name and job title tell. Asks nobody, invents nothing.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {}, // it computes: nothing to read, nobody to ask
  provides: { enrichment: { person: 'person' } },
  actions: { person },
  messages: { en, 'pt-BR': pt },
})
