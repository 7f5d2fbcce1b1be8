import { defineCommand } from './command.ts'
import { openSession } from './host-session.ts'
import { change, findPlugin, type InstalledPlugin } from './plugin-of-host.ts'

export const pluginDisable = defineCommand({
  usage: 'plugin disable <id> [--reason <text>]',
  about: 'Keeps a plugin from being called. Steps that need it wait, and go on by themselves once it is enabled.',
  flags: { reason: { type: 'string', value: '<text>', help: 'why; it is shown where runs wait for it' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const { id: installationId } = await findPlugin(session, positionals[0]!)
    const { installation } = await change<{ installation: InstalledPlugin }>(
      session,
      'pluginDisable',
      { installationId, reason: flags.reason },
      'installation { id pluginId version status statusReason }',
    )
    terminal.line(`${installation.pluginId} is disabled; steps that need it wait.`)
    terminal.data(installation)
    return 0
  },
})

export const pluginEnable = defineCommand({
  usage: 'plugin enable <id>',
  about: 'Lets a plugin be called again; steps that waited for it go on.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals, terminal }) {
    const session = await openSession()
    const { id: installationId } = await findPlugin(session, positionals[0]!)
    const { installation } = await change<{ installation: InstalledPlugin }>(
      session,
      'pluginEnable',
      { installationId },
      'installation { id pluginId version status }',
    )
    terminal.line(`${installation.pluginId} is enabled.`)
    terminal.data(installation)
    return 0
  },
})

export const pluginRemove = defineCommand({
  usage: 'plugin remove <id> [--force]',
  about:
    'Removes a plugin with the data that it kept. Refused while a published playbook needs it; with --force these are\npaused and say why, and steps of runs under way wait until it is installed again.',
  flags: { force: { type: 'boolean', help: 'also while playbooks need it' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const { id: installationId, pluginId } = await findPlugin(session, positionals[0]!)
    const { pausedPlaybooks } = await change<{ pausedPlaybooks: readonly { readonly slug: string }[] }>(
      session,
      'pluginUninstall',
      { installationId, force: flags.force ?? false },
      'pausedPlaybooks { slug }',
    )
    const slugs = pausedPlaybooks.map(({ slug }) => slug)
    terminal.line(`${pluginId} is removed.${slugs.length > 0 ? ` Paused: ${slugs.join(', ')}.` : ''}`)
    terminal.data({ pluginId, pausedPlaybooks: slugs })
    return 0
  },
})
