import { definePlugin } from 'trae-os/sdk'
import { figures } from './actions/figures.ts'
import { listCampaigns } from './actions/list-campaigns.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'campaigns',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Campaigns',
  description: 'Campaigns whose figures people enter by hand. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: { records: [{ name: 'campaigns:read', reason: 'Gives playbooks the figures that were entered.' }] },
  provides: { ads: { 'list-campaigns': 'list-campaigns', figures: 'figures' } },
  actions: { 'list-campaigns': listCampaigns, figures },
  messages: { 'pt-BR': pt },
})
