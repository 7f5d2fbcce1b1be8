import { defineCommand } from './command.ts'
import { accountsOfHost, connectedOf, findAccount } from './credential-of-host.ts'
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
        accounts.map(({ pluginId, key, title, credential }) => [
          `${pluginId} ${key}`,
          `${title}: ${credential?.status.toLowerCase() ?? 'not connected'}${
            credential?.statusReason ? ` (${credential.statusReason})` : ''
          }`,
        ]),
      ),
    )
    terminal.data(accounts)
    return 0
  },
})

export const credentialTest = defineCommand({
  usage: 'credential test <plugin> [<account>]',
  about: 'Asks the vendor whether it takes an account. One that it refuses is BROKEN from then on.',
  flags: {},
  positionals: { least: 1, most: 2 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const account = await findAccount(session, positionals[0]!, positionals[1])
    const { credential } = await change<{ credential: { status: string; statusReason: string | null } }>(
      session,
      'credentialTest',
      { credentialId: connectedOf(account).id },
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
  usage: 'credential disconnect <plugin> [<account>]',
  about: 'Forgets an account and its secrets. Steps that use it fail until it is connected again.',
  flags: {},
  positionals: { least: 1, most: 2 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const account = await findAccount(session, positionals[0]!, positionals[1])
    const { disconnectedId } = await change<{ disconnectedId: string }>(
      session,
      'credentialDisconnect',
      { credentialId: connectedOf(account).id },
      'disconnectedId',
    )
    terminal.line(`${account.title} is forgotten.`)
    terminal.data({ disconnectedId })
    return 0
  },
})
