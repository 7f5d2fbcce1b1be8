import { definePlugin } from 'trae-os/sdk'
import { automatedOutreach } from './actions/automated-outreach.ts'
import { classifyReply } from './actions/classify-reply.ts'
import { leadQualification } from './actions/lead-qualification.ts'
import { leadScoring } from './actions/lead-scoring.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'sdr',
  version: '1.0.0',
  kind: 'skill',
  module: 'pre_vendas',
  engine: '^0',
  title: 'SDR',
  description: 'The agent of pre-sales: scores and qualifies leads, writes to them, understands what they answer.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {}, // it thinks; sending and storing are other plugins' work
  actions: {
    'lead-scoring': leadScoring,
    'lead-qualification': leadQualification,
    'automated-outreach': automatedOutreach,
    'classify-reply': classifyReply,
  },
  messages: { en, 'pt-BR': pt },
})
