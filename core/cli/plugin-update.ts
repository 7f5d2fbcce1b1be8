import { defineCommand } from './command.ts'
import { openSession } from './host-session.ts'
import { agreed, install } from './plugin-install.ts'
import { change, findPlugin, type InstalledPlugin } from './plugin-of-host.ts'
import { type Preview, PREVIEW, showPreview } from './show-preview.ts'

interface Update {
  readonly outcome: 'CURRENT' | 'UPDATED' | 'CONSENT'
  readonly installation: InstalledPlugin
  readonly preview: Preview | null
}

export const pluginUpdate = defineCommand({
  usage: 'plugin update <id> [--yes]',
  about:
    'Takes the newest version of a plugin from the registry that it came from. One that asks for more shows what, and asks.\nRuns under way and published playbooks keep the version that they have; publishing again takes the new one.',
  flags: { yes: { type: 'boolean', help: 'agree to what it asks for, without being asked' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const before = await findPlugin(session, positionals[0]!)
    const update = await change<Update>(
      session,
      'pluginUpdate',
      { installationId: before.id },
      `outcome installation { id pluginId version status } preview { ${PREVIEW} }`,
    )
    const { pluginId, version } = update.installation
    if (update.preview) {
      showPreview(terminal, update.preview)
      if (!flags.yes && !(await agreed(update.preview))) {
        terminal.line(`Nothing was changed: ${pluginId} ${version} stays.`)
        return 1
      }
      const done = await install(session, update.preview.digest)
      terminal.line(`${pluginId} is ${done.version} now, before ${before.version}.`)
      terminal.data({ ...update, installation: done })
      return 0
    }
    terminal.line(
      update.outcome === 'CURRENT'
        ? `${pluginId} ${version} is the newest.`
        : `${pluginId} is ${version} now, before ${before.version}; it asks for no more.`,
    )
    terminal.data(update)
    return 0
  },
})
