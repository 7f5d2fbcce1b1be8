import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { findPlugin } from './plugin-of-host.ts'

/** What a plugin says of an account, and what is connected. */
export interface Account {
  readonly installationId: string
  readonly pluginId: string
  readonly key: string
  readonly title: string
  readonly help: string | null
  readonly authKind: string
  readonly testable: boolean
  readonly fields: readonly AccountField[]
  readonly credential: {
    readonly id: string
    readonly status: string
    readonly statusReason: string | null
    readonly publicFields: Readonly<Record<string, string>>
    readonly lastTestedAt: string | null
    readonly lastUsedAt: string | null
  } | null
}
export interface AccountField {
  readonly key: string
  readonly title: string
  readonly help: string | null
  readonly required: boolean
  readonly sensitive: boolean
}

/** The accounts of all plugins, or of one. Throws `NOT_FOUND` for a plugin that is not installed. */
export async function accountsOfHost(session: HostSession, pluginId?: string): Promise<Account[]> {
  if (pluginId !== undefined) await findPlugin(session, pluginId)
  const { installations } = await ask<{
    installations: { edges: { node: { id: string; pluginId: string; credentialTemplates: Account[] } }[] }
  }>(session, ACCOUNTS)
  return installations.edges
    .filter(({ node }) => pluginId === undefined || node.pluginId === pluginId)
    .flatMap(({ node }) =>
      node.credentialTemplates.map(template => ({ ...template, installationId: node.id, pluginId: node.pluginId })),
    )
}

/** One account of a plugin; its name may be left out where there is only one. Throws `NOT_FOUND`. */
export async function findAccount(session: HostSession, pluginId: string, key: string | undefined): Promise<Account> {
  const accounts = await accountsOfHost(session, pluginId)
  const found = key === undefined && accounts.length === 1 ? accounts[0] : accounts.find(account => account.key === key)
  if (found) return found
  const keys = accounts.map(account => account.key)
  if (keys.length === 0) throw new TraeError('NOT_FOUND', `${pluginId} uses no account.`)
  const meant = key === undefined ? undefined : didYouMean(key, keys)
  throw new TraeError(
    'NOT_FOUND',
    `${key === undefined ? `${pluginId} has several accounts` : `${pluginId} has no account ${key}`}${
      meant ? `; did you mean ${meant}?` : `. There is: ${keys.join(', ')}.`
    }`,
  )
}

/** The account's credential. Throws `NOT_FOUND` where nothing is connected. */
export function connectedOf({ pluginId, key, credential }: Account): NonNullable<Account['credential']> {
  if (credential) return credential
  throw new TraeError('NOT_FOUND', `${pluginId} ${key} is not connected. See trae credential connect --help.`)
}

const ACCOUNTS = `{ installations(first: 100) { edges { node { id pluginId credentialTemplates {
  key title help authKind testable fields { key title help required sensitive }
  credential { id status statusReason publicFields lastTestedAt lastUsedAt } } } } } }`
