import { definePlugin } from 'trae-os/sdk'
import { campaignPlan } from './actions/campaign-plan.ts'
import { content } from './actions/content.ts'
import { editorialCalendar } from './actions/editorial-calendar.ts'
import { landingPage } from './actions/landing-page.ts'
import { leadCapture } from './actions/lead-capture.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'aquisicao',
  version: '1.0.0',
  kind: 'skill',
  module: 'aquisicao',
  engine: '^0',
  title: 'Acquisition',
  description:
    'The agent of acquisition: editorial calendar, content, landing pages with a form, campaigns, capture of leads.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [{ name: 'campaigns:read', reason: 'Budgets are divided by what campaigns have cost.' }],
    memory: [{ name: 'read', reason: 'Positioning, offer and tone of voice are what content is made of.' }],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 40_000,
      tokensPerDay: 400_000,
      reason: 'To write. Without a model it plans, counts and checks.',
    },
  },
  actions: {
    'editorial-calendar': editorialCalendar,
    content,
    'landing-page': landingPage,
    'campaign-plan': campaignPlan,
    'lead-capture': leadCapture,
  },
  messages: { en, 'pt-BR': pt },
})
