import { defineCommand } from './command.ts'
import { ACCOUNT_FLAG, accountsOfHost, connectedOf, findAccount, findNamed } from './credential-of-host.ts'
import { openSession } from './host-session.ts'
import { change } from './plugin-of-host.ts'
import { inColumns } from './terminal.ts'

export const credentialList = defineCommand({
  usage: 'credential list [<plugin>]',
  about: 'The accounts that plugins of the running host use, and whether they are connected. Secrets are never shown.',
  flags: {},
  positionals: { least: 0, most: 1 },
  async run({ positionals, terminal }) {
    const accounts = await accountsOfHost(await openSession(), positionals[0])
    if (accounts.length === 0) terminal.line('No plugin uses an account.')
    terminal.line(
      inColumns(
        accounts.flatMap(({ pluginId, key, title, credentials }) =>
          credentials.length === 0
            ? [[`${pluginId} ${key}`, `${title}: not connected`] as [string, string]]
            : credentials.map(({ account, isDefault, status, statusReason }) => {
                const why = statusReason ? ` (${statusReason})` : ''
                const said = `${title}: ${status.toLowerCase()}${why}${isDefault ? ', the default' : ''}`
                return [`${pluginId} ${key} ${account}`, said] as [string, string]
              }),
        ),
      ),
    )
    terminal.data(accounts)
    return 0
  },
})

export const credentialTest = defineCommand({
  usage: 'credential test <plugin> [<kind>] [--account <name>]',
  about: 'Asks the vendor whether it takes an account. One that it refuses is BROKEN from then on.',
  flags: ACCOUNT_FLAG,
  positionals: { least: 1, most: 2 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const account = await findAccount(session, positionals[0]!, positionals[1])
    const { credential } = await change<{ credential: { status: string; statusReason: string | null } }>(
      session,
      'credentialTest',
      { credentialId: connectedOf(account, flags.account).id },
      'credential { id status statusReason lastTestedAt }',
    )
    const works = credential.status === 'CONNECTED'
    terminal.line(
      works
        ? `${account.title} is taken.`
        : `${account.title} is refused: ${credential.statusReason ?? 'no reason given'}`,
    )
    terminal.data(credential)
    return works ? 0 : 1
  },
})

export const credentialDisconnect = defineCommand({
  usage: 'credential disconnect <plugin> [<kind>] [--account <name>]',
  about:
    'Forgets an account and its secrets. Steps that use it fail until it is connected again. Refused where a published\nplaybook, a run under way or a service names it.',
  flags: ACCOUNT_FLAG,
  positionals: { least: 1, most: 2 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const account = await findAccount(session, positionals[0]!, positionals[1])
    const { disconnectedId } = await change<{ disconnectedId: string }>(
      session,
      'credentialDisconnect',
      { credentialId: connectedOf(account, flags.account).id },
      'disconnectedId',
    )
    terminal.line(`${account.title} is forgotten.`)
    terminal.data({ disconnectedId })
    return 0
  },
})

export const credentialRename = defineCommand({
  usage: 'credential rename <plugin> <account> <name>',
  about:
    'Gives an account another name, in all kinds that its plugin uses. Refused where a published playbook, a run under way or\na service names it.',
  flags: {},
  positionals: { least: 3, most: 3 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const [plugin, was, account] = positionals as [string, string, string]
    const input = { credentialId: (await findNamed(session, plugin, was)).id, account }
    const { credential } = await change<{ credential: Named }>(session, 'credentialRename', input, NAMED)
    terminal.line(`${was} of ${plugin} is called ${credential.account} now.`)
    terminal.data(credential)
    return 0
  },
})

export const credentialMakeDefault = defineCommand({
  usage: 'credential make-default <plugin> <account>',
  about: 'Makes an account the one that is used where nobody says which. Effects that have begun stay with theirs.',
  flags: {},
  positionals: { least: 2, most: 2 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const [plugin, account] = positionals as [string, string]
    const input = { credentialId: (await findNamed(session, plugin, account)).id }
    const { credential } = await change<{ credential: Named }>(session, 'credentialMakeDefault', input, NAMED)
    terminal.line(`${plugin} uses ${credential.account} where nobody says which account.`)
    terminal.data(credential)
    return 0
  },
})

interface Named {
  readonly id: string
  readonly account: string
  readonly isDefault: boolean
}
const NAMED = 'credential { id account isDefault }'
