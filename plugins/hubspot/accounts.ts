import type { Credential } from 'trae-os/sdk'
import { dealSettings } from './deal-settings.ts'

/** Any account can answer this, with the smallest of the scopes. */
const test = { url: 'https://api.hubapi.com/crm/objects/2026-09/contacts?limit=1' } as const

/** Two ways to an account: one of them is enough. */
export const accounts: Readonly<Record<'hubspot' | 'private-app', Credential>> = {
  hubspot: {
    auth: 'oauth2',
    title: 'HubSpot',
    help: 'Make an app in the developer account of HubSpot, enter https://<this host>/admin/credentials/return as its redirect URL, give it the scopes for contacts, deals (objects, and schemas to write), companies and owners, and copy client ID and client secret from the page Auth.',
    authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
    tokenUrl: 'https://api.hubapi.com/oauth/2026-09/token',
    scopes: [
      'oauth',
      'crm.objects.contacts.read',
      'crm.objects.contacts.write',
      'crm.objects.deals.read',
      'crm.objects.deals.write',
      'crm.schemas.deals.write', // for the property that names our deals
      'crm.objects.companies.read',
      'crm.objects.owners.read',
    ],
    fields: dealSettings,
    test,
  },
  'private-app': {
    auth: 'key',
    title: 'HubSpot private app',
    help: 'Instead of signing in: the access token of a private app or a service key, with the same scopes. It hears nothing by webhook.',
    fields: {
      token: { title: 'Access token', help: 'HubSpot, Settings, Integrations: it begins with pat-.' },
      ...dealSettings,
    },
    inject: [{ header: 'authorization', format: 'Bearer {token}' }],
    test,
  },
}
