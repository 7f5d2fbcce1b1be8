import { definePlugin } from 'trae-os/sdk'
import { churnAlert } from './actions/churn-alert.ts'
import { dripSequence } from './actions/drip-sequence.ts'
import { healthScore } from './actions/health-score.ts'
import { intervention } from './actions/intervention.ts'
import { kickoff } from './actions/kickoff.ts'
import { onboardingMessage } from './actions/onboarding-message.ts'
import { upsell } from './actions/upsell.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'onboarding',
  version: '1.0.0',
  kind: 'skill',
  module: 'onboarding',
  engine: '^0',
  title: 'Onboarding',
  description:
    'The agent of onboarding: welcomes customers, says how they are doing and why, who may leave and who may want more.',
  publisher: 'trae',
  license: 'MIT',
  // It thinks; sending and storing are other plugins' work
  permissions: {
    records: [
      { name: 'customers:read', reason: 'How a customer is doing is in what is kept of them: use, payment, plan.' },
      { name: 'leads:read', reason: 'A customer was a lead: their language, and what they told.' },
      { name: 'messages:read', reason: 'Nobody is written to twice in a week, and what they wrote counts.' },
      { name: 'deals:read', reason: 'The kickoff is about what they bought.' },
    ],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 20_000,
      tokensPerDay: 400_000,
      reason: 'To write and advise. Without a model fixed words and rules do it.',
    },
  },
  actions: {
    kickoff,
    'drip-sequence': dripSequence,
    'health-score': healthScore,
    'churn-alert': churnAlert,
    intervention,
    upsell,
    'onboarding-message': onboardingMessage,
  },
  messages: { en, 'pt-BR': pt },
})
