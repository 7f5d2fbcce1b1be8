import { definePlugin } from 'trae-os/sdk'
import { offerLadder } from './actions/offer-ladder.ts'
import { priceAnalysis } from './actions/price-analysis.ts'
import { salesMaterial } from './actions/sales-material.ts'
import { salesScripts } from './actions/sales-scripts.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'oferta',
  version: '1.0.0',
  kind: 'skill',
  module: 'oferta',
  engine: '^0',
  title: 'Offer',
  description: 'The agent of the offer: prices, the ladder of offers, sales material and scripts.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [{ name: 'figures:read', reason: 'Prices are judged by the deals that were won and lost at them.' }],
    memory: [{ name: 'read', reason: 'Positioning and diagnosis are what material and scripts rest on.' }],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 40_000,
      tokensPerDay: 400_000,
      reason: 'To write and judge. Without a model the figures stand alone.',
    },
  },
  actions: {
    'price-analysis': priceAnalysis,
    'offer-ladder': offerLadder,
    'sales-material': salesMaterial,
    'sales-scripts': salesScripts,
  },
  messages: { en, 'pt-BR': pt },
})
