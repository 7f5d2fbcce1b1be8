import { didYouMean } from '../did-you-mean.ts'
import type { Command } from './command.ts'
import { TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { findPlugin } from './plugin-of-host.ts'

/** A kind of account that a plugin uses, and what is connected of it. */
export interface Account {
  readonly installationId: string
  readonly pluginId: string
  readonly key: string
  readonly title: string
  readonly help: string | null
  readonly authKind: string
  readonly testable: boolean
  readonly fields: readonly AccountField[]
  /** Of the default account. */
  readonly credential: Connected | null
  readonly credentials: readonly Connected[]
}
export interface Connected {
  readonly id: string
  readonly account: string
  readonly isDefault: boolean
  readonly status: string
  readonly statusReason: string | null
  readonly publicFields: Readonly<Record<string, string>>
  readonly lastTestedAt: string | null
  readonly lastUsedAt: string | null
}
export interface AccountField {
  readonly key: string
  readonly title: string
  readonly help: string | null
  readonly required: boolean
  readonly sensitive: boolean
}

/** The kinds of accounts of all plugins, or of one. Throws `NOT_FOUND` for a plugin that is not installed. */
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

/** One kind of account of a plugin; it may be left out where there is only one. Throws `NOT_FOUND`. */
export async function findAccount(session: HostSession, pluginId: string, key: string | undefined): Promise<Account> {
  const accounts = await accountsOfHost(session, pluginId)
  const found = key === undefined && accounts.length === 1 ? accounts[0] : accounts.find(account => account.key === key)
  if (found) return found
  const keys = accounts.map(account => account.key)
  if (keys.length === 0) throw new TraeError('NOT_FOUND', `${pluginId} uses no account.`)
  const meant = key === undefined ? undefined : didYouMean(key, keys)
  throw new TraeError(
    'NOT_FOUND',
    `${key === undefined ? `${pluginId} uses several kinds of accounts` : `${pluginId} uses no account of the kind ${key}`}${
      meant ? `; did you mean ${meant}?` : `. There is: ${keys.join(', ')}.`
    }`,
  )
}

/** What is connected under this name, or of the default account without one. Throws `NOT_FOUND` where nothing is. */
export function connectedOf({ pluginId, key, credential, credentials }: Account, name?: string): Connected {
  const found = name === undefined ? credential : credentials.find(({ account }) => account === name)
  if (found) return found
  const names = credentials.map(({ account }) => account)
  const which = name === undefined ? '' : ` as ${name}`
  const there = names.length === 0 ? 'See trae credential connect --help.' : `There is: ${names.join(', ')}.`
  throw new TraeError('NOT_FOUND', `${pluginId} ${key} is not connected${which}. ${there}`)
}

/** What is connected under a name, of whichever kind. Throws `NOT_FOUND`. */
export async function findNamed(session: HostSession, pluginId: string, name: string): Promise<Connected> {
  const all = (await accountsOfHost(session, pluginId)).flatMap(({ credentials }) => credentials)
  const found = all.find(({ account }) => account === name)
  if (found) return found
  const names = [...new Set(all.map(({ account }) => account))]
  const meant = didYouMean(name, names)
  throw new TraeError(
    'NOT_FOUND',
    `${pluginId} has no account ${name}${meant ? `; did you mean ${meant}?` : `. There is: ${names.join(', ') || 'none'}.`}`,
  )
}

export const ACCOUNT_FLAG = {
  account: { type: 'string', value: '<name>', help: 'which account of this kind; the default one without it' },
} as const satisfies Command['flags']

const CONNECTED = 'id account isDefault status statusReason publicFields lastTestedAt lastUsedAt'
const ACCOUNTS = `{ installations(first: 100) { edges { node { id pluginId credentialTemplates {
  key title help authKind testable fields { key title help required sensitive }
  credential { ${CONNECTED} } credentials { ${CONNECTED} } } } } } }`
