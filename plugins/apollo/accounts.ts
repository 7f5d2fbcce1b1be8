import type { Credential } from 'trae-os/sdk'

/** Without a request that tries it out: what any key may ask costs credits. */
export const accounts: Readonly<Record<'apollo', Credential>> = {
  apollo: {
    auth: 'key',
    title: 'Apollo',
    help: 'In Apollo, Settings, Integrations, API: make a key that may use People Enrichment and Organization Enrichment, or a master key.',
    fields: { apiKey: { title: 'API key' } },
    inject: [{ header: 'x-api-key', format: '{apiKey}' }],
  },
}
