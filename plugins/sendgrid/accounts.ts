import type { Credential } from 'trae-os/sdk'

const fields = {
  apiKey: {
    title: 'API key',
    help: 'In SendGrid, Settings, API Keys. It begins with SG. and may send mail and change mail settings.',
  },
  from: {
    title: 'Sender',
    help: 'The address that letters come from; SendGrid has verified it or its domain. Answers go there.',
    secret: false,
  },
  fromName: { title: 'Name of the sender', help: 'That of the workspace without it.', secret: false, optional: true },
} as const
const inject = [{ header: 'authorization', format: 'Bearer {apiKey}' }] as const

/** Accounts of the European Union have keys, and a host, of their own: one of them is enough. */
export const accounts: Readonly<Record<'sendgrid' | 'europe', Credential>> = {
  sendgrid: {
    auth: 'key',
    title: 'SendGrid',
    fields,
    inject,
    test: { url: 'https://api.sendgrid.com/v3/scopes' },
  },
  europe: {
    auth: 'key',
    title: 'SendGrid in the European Union',
    help: 'Instead of an account: for a subuser whose region is the European Union.',
    fields,
    inject,
    test: { url: 'https://api.eu.sendgrid.com/v3/scopes' },
  },
}
