import { createInterface } from 'node:readline/promises'
import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, openSession } from './host-session.ts'
import { firstOf, isAddress, previewOnHost } from './plugin-source.ts'
import { type Preview, showPreview } from './show-preview.ts'

export const pluginInstall = defineCommand({
  usage: 'plugin install <source> [--integrity <hash>] [--yes]',
  about:
    'Installs a plugin in the running host, or another version of it. The source is the name of an npm package\n(name, name@^1, @scope/name@1.2.3), the https address of a tarball, a tarball (./plugin.tgz) or a folder (./plugin).\nIt shows what the plugin is and what it may do, and asks; nothing of it runs, and no script of the package ever does.',
  flags: {
    integrity: {
      type: 'string',
      value: '<hash>',
      help: 'of a tarball from an address: sha512-<base64>, which it must have',
    },
    yes: { type: 'boolean', help: 'agree to what is shown, without being asked' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    terminal.progress(`Looking at ${positionals[0]}`)
    const preview = await previewOnHost(session, withIntegrity(positionals[0]!, flags.integrity))
    showPreview(terminal, preview)
    if (!flags.yes && !(await agreed(preview))) {
      terminal.line('Nothing was changed.')
      return 1
    }
    const installed = await install(session, preview.digest)
    terminal.line(`${installed.pluginId} ${installed.version} is installed.`)
    terminal.data({ ...installed, warnings: preview.warnings })
    return 0
  },
})

function withIntegrity(source: string, integrity: string | undefined): string {
  if (integrity === undefined) return source
  if (isAddress(source) && !source.includes('#')) return `${source}#${integrity}`
  throw new TraeError(
    'BAD_USER_INPUT',
    `--integrity is for a tarball from an address, as https://example.com/plugin.tgz, once. ${source} is none, or has its hash already.`,
  )
}

/** Asks at the terminal. Throws `BAD_USER_INPUT` where nobody can be asked. */
export async function agreed({ title, version }: Preview): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new TraeError(
      'BAD_USER_INPUT',
      'Nobody can be asked here, and nothing was changed. Say --yes if you agree to what it may do.',
    )
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test(
      (await prompt.question(`Install ${title} ${version} with these permissions? [y/N] `)).trim(),
    )
  } finally {
    prompt.close()
  }
}

/** Agrees to a preview. */
export async function install(session: HostSession, digest: string): Promise<{ pluginId: string; version: string }> {
  const { pluginInstall: done } = await ask<{
    pluginInstall: {
      installation: { pluginId: string; version: string; digest: string } | null
      userErrors: readonly { code: string; message: string }[]
    }
  }>(
    session,
    `mutation($input: PluginInstallInput!) {
      pluginInstall(input: $input) { installation { pluginId version digest } userErrors { code message } }
    }`,
    { input: { digest } },
  )
  if (done.installation) return done.installation
  throw firstOf(done.userErrors)
}
