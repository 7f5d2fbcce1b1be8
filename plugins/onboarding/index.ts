import { definePlugin } from 'trae-os/sdk'
import { healthScore } from './actions/health-score.ts'
import { onboardingMessage } from './actions/onboarding-message.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'onboarding',
  version: '1.0.0',
  kind: 'skill',
  engine: '^0',
  title: 'Onboarding',
  description: 'The agent of onboarding: welcomes customers, says how they are doing and why.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {}, // it thinks; sending and storing are other plugins' work
  actions: { 'health-score': healthScore, 'onboarding-message': onboardingMessage },
  messages: { en, 'pt-BR': pt },
})
