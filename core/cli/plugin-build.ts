import { join, relative, resolve } from 'node:path'
import { buildPlugin } from '../plugins/build-plugin.ts'
import { defineCommand, UsageError } from './command.ts'

export const pluginBuild = defineCommand({
  usage: 'plugin build <folder> [--out <folder>]',
  about: 'Makes a package of a plugin: plugin.js, plugin.json and a source map, from the index.ts of the folder.',
  flags: {
    out: {
      type: 'string',
      value: '<folder>',
      help: 'where the package goes (it is emptied first); <folder>/dist without it',
    },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const source = resolve(positionals[0]!)
    const out = resolve(flags.out ?? join(source, 'dist'))
    if (!relative(out, source).startsWith('..'))
      throw new UsageError(`--out ${out} holds the source and would be emptied; give another folder.`)
    const manifest = await buildPlugin(source, out)
    terminal.line(
      `${manifest.title} ${manifest.version} is in ${out} (${(manifest.bundle.bytes / 1024).toFixed(1)} KiB)`,
    )
    terminal.data({ out, id: manifest.id, version: manifest.version, bundle: manifest.bundle })
    return 0
  },
})
