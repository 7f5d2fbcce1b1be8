import { resolve } from 'node:path'
import { defineCommand, UsageError } from './command.ts'
import { packFolder, showPacked } from './plugin-pack.ts'

export const pluginPublish = defineCommand({
  usage: 'plugin publish <folder> --dry-run',
  about:
    'Says what would be published of the plugin in this folder, and publishes nothing: npm does that, with your account\nthere. `trae plugin pack <folder>` makes the tarball, `npm publish <tarball>` publishes it.',
  flags: { 'dry-run': { type: 'boolean', help: 'say what would be published' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const folder = positionals[0]!
    if (!flags['dry-run'])
      throw new UsageError(
        `Publishing is left to npm, which knows your account. Pack the plugin and publish the tarball:\n  trae plugin pack ${folder}\n  npm publish ./<name>-<version>.tgz --access public\nNothing was published. --dry-run says what would be.`,
      )
    const packed = await packFolder(terminal, resolve(folder))
    showPacked(terminal, packed)
    terminal.line(`Nothing was published. To do it: trae plugin pack ${folder} && npm publish ./${packed.file}`)
    const { tarball, ...told } = packed
    terminal.data({ ...told, bytes: tarball.length, published: false })
    return 0
  },
})
