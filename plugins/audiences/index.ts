import { definePlugin } from 'trae-os/sdk'
import { addMember } from './actions/add-member.ts'
import { removeMember } from './actions/remove-member.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'audiences',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Audiences',
  description: 'Lists of leads that people export for their ads. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: { records: [{ name: 'audiences:write', reason: 'Puts leads into lists and takes them out.' }] },
  provides: { audience: { 'add-member': 'add-member', 'remove-member': 'remove-member' } },
  actions: { 'add-member': addMember, 'remove-member': removeMember },
  messages: { 'pt-BR': pt },
})
