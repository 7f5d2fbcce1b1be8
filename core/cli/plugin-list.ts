import { readConfig } from '../config.ts'
import { builtManifests } from './built-catalog.ts'
import { defineCommand } from './command.ts'
import { readHostFile } from './host-file.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { inColumns } from './terminal.ts'

interface Listed {
  readonly pluginId: string
  readonly title: string
  readonly version: string
  readonly status: string
  readonly actions: readonly { readonly name: string }[]
}

export const pluginList = defineCommand({
  usage: 'plugin list',
  about: 'What is installed in the running host; without one, what is built in dist/plugins.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const running = process.env['TRAE_URL'] !== undefined || readHostFile(readConfig().dataDir) !== undefined
    const plugins = running ? await installed() : await built()
    terminal.line(running ? 'Installed:' : 'Built; no host runs here:')
    terminal.line(
      inColumns(
        plugins.map(({ pluginId, version, status, actions }) => [
          `${pluginId} ${version}`,
          `${status.toLowerCase()}: ${actions.map(({ name }) => name).join(', ')}`,
        ]),
      ),
    )
    terminal.data(plugins)
    return 0
  },
})

async function installed(): Promise<Listed[]> {
  const { installations } = await ask<{ installations: { edges: { node: Listed }[] } }>(
    await openSession(),
    INSTALLATIONS,
  )
  return installations.edges.map(({ node }) => node)
}

async function built(): Promise<Listed[]> {
  const manifests = await builtManifests()
  return manifests.map(({ id, title, version, actions }) => ({
    pluginId: id,
    title,
    version,
    status: 'BUILT',
    actions: Object.keys(actions).map(name => ({ name })),
  }))
}

const INSTALLATIONS =
  '{ installations(first: 100) { edges { node { pluginId title version status actions { name } } } } }'
