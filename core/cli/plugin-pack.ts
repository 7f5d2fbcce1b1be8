import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { TraeError } from '../errors.ts'
import { type PackedPlugin, packPlugin } from '../plugins/packages/pack-plugin.ts'
import { defineCommand } from './command.ts'
import { checkFolder, showFindings } from './plugin-check.ts'
import type { Terminal } from './terminal.ts'

export const pluginPack = defineCommand({
  usage: 'plugin pack <folder> [--out <folder>]',
  about:
    'Builds the plugin in this folder, checks it, and makes the tarball (.tgz) that `trae plugin install` takes and that npm publishes.\nThe same source gives the same bytes.',
  flags: { out: { type: 'string', value: '<folder>', help: 'where the tarball goes; the current folder without it' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const packed = await packFolder(terminal, resolve(positionals[0]!))
    const out = resolve(flags.out ?? '.')
    const path = join(out, packed.file)
    await mkdir(out, { recursive: true })
    await writeFile(`${path}.${process.pid}`, packed.tarball)
    await rename(`${path}.${process.pid}`, path) // whoever looks sees all of it or what was there before
    showPacked(terminal, packed)
    terminal.line(`It is in ${path}.`)
    const { tarball, ...told } = packed
    terminal.data({ ...told, path, bytes: tarball.length })
    return 0
  },
})

/** Packs the plugin in a folder. Says what stands against it and throws `MANIFEST` where no host would install it. */
export async function packFolder(terminal: Terminal, folder: string): Promise<PackedPlugin> {
  const { findings, package: found } = await checkFolder(folder)
  if (found) return packPlugin(folder, found)
  const problems = findings.filter(({ kind }) => kind === 'problem')
  showFindings(terminal, folder, problems)
  throw new TraeError('MANIFEST', `No host would install the plugin in ${folder}; nothing was packed.`, {
    details: { problems },
  })
}

export function showPacked(terminal: Terminal, { name, version, tarball, integrity, files }: PackedPlugin): void {
  terminal.line(`${name} ${version}, ${(tarball.length / 1024).toFixed(1)} KiB:`)
  for (const { path, bytes } of files) terminal.line(`  ${path} (${bytes} bytes)`)
  terminal.line(`  ${integrity}`)
}
