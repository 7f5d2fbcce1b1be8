import { definePlugin } from 'trae-os/sdk'
import { brandBook } from './actions/brand-book.ts'
import { brandManifesto } from './actions/brand-manifesto.ts'
import { positioningStatement } from './actions/positioning-statement.ts'
import { toneOfVoice } from './actions/tone-of-voice.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'posicionamento',
  version: '1.0.0',
  kind: 'skill',
  module: 'posicionamento',
  engine: '^0',
  title: 'Positioning',
  description: 'The agent of positioning: the statement, the manifesto, the tone of voice and the brand book.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    memory: [
      { name: 'read', reason: 'The diagnosis and what is remembered of the company are what positioning rests on.' },
    ],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 40_000,
      tokensPerDay: 400_000,
      reason: 'To write. Without a model it says what is there to write from, and what is missing.',
    },
  },
  actions: {
    'positioning-statement': positioningStatement,
    'brand-manifesto': brandManifesto,
    'tone-of-voice': toneOfVoice,
    'brand-book': brandBook,
  },
  messages: { en, 'pt-BR': pt },
})
