import type { Credential } from 'trae-os/sdk'

const fields = {
  apiKey: { title: 'API key', help: 'In Asaas, Integrations, API keys. It begins with $aact_.' },
  email: {
    title: 'E-mail for notices',
    help: 'Asaas writes there when this host does not take what it posts.',
    secret: false,
  },
} as const
const inject = [{ header: 'access_token', format: '{apiKey}' }] as const

/** Production and the test environment have keys, and hosts, of their own: one of them is enough. */
export const accounts: Readonly<Record<'asaas' | 'sandbox', Credential>> = {
  asaas: {
    auth: 'key',
    title: 'Asaas',
    fields,
    inject,
    test: { url: 'https://api.asaas.com/v3/customers?limit=1' },
  },
  sandbox: {
    auth: 'key',
    title: 'Asaas sandbox',
    help: 'Instead of an account: the test environment of Asaas, in which nobody pays.',
    fields,
    inject,
    test: { url: 'https://api-sandbox.asaas.com/v3/customers?limit=1' },
  },
}
