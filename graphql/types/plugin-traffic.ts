import type { HostTraffic } from '../../core/plugins/traffic.ts'
import { builder, guarded } from '../builder.ts'
import { PluginInstallationRef } from './installation.ts'

const PluginTrafficRef = builder.objectRef<HostTraffic>('PluginTraffic').implement({
  description: 'What a plugin has exchanged with one host in 30 days.',
  fields: t => ({
    host: t.exposeString('host', { description: 'As it was granted: api.example.com, or *.example.com.' }),
    requests: t.exposeInt('requests', { description: 'How many requests it has sent, those of redirects included.' }),
    sent: t.exposeFloat('sent', { description: 'In bytes, address and headers included.' }),
    received: t.exposeFloat('received', { description: 'In bytes, unpacked, without headers.' }),
    today: t.exposeFloat('today', { description: 'Sent and received since midnight UTC, in bytes.' }),
    mostADay: t.float({
      description:
        'What one plugin may exchange with one host in a day, in bytes: then its requests there are refused until midnight UTC.',
      resolve: (_traffic, _args, c) => c.core.config.pluginTrafficBytes,
    }),
  }),
})

builder.objectField(PluginInstallationRef, 'traffic', t =>
  t.field({
    type: [PluginTrafficRef],
    ...guarded('installations:read', 'Whom it has talked to in 30 days, with how much; the most first.'),
    resolve: (installation, _args, c) => c.loaders.traffic.load(installation),
  }),
)
