import { buildParts } from './build-parts.ts'
import { defineCommand } from './command.ts'

export const build = defineCommand({
  usage: 'build [--quiet]',
  about:
    'Builds the plugins, the admin UI, the prepared embedded database and bundles of the dependencies into dist/. A part whose sources have not changed\nis left as it is, so this is quick when there is nothing to do. `npm ci` runs it.',
  flags: { quiet: { type: 'boolean', help: 'say only what could not be built' } },
  positionals: { least: 0, most: 0 },
  async run({ flags, terminal }) {
    const results = await buildParts(undefined, flags.quiet ? undefined : terminal.progress)
    for (const { part, outcome, reason, milliseconds } of results) {
      if (outcome === 'skipped') terminal.line(`${part}: skipped. ${reason}.`)
      else if (!flags.quiet)
        terminal.line(
          outcome === 'fresh' ? `${part}: up to date` : `${part}: built in ${(milliseconds / 1000).toFixed(1)} s`,
        )
    }
    terminal.data(results)
    return 0
  },
})
