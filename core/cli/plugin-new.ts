import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { TraeError } from '../errors.ts'
import { manifestSchema } from '../plugins/manifest.ts'
import { ourPluginIds } from '../plugins/our-plugins.ts'
import { defineCommand } from './command.ts'
import { pluginFiles } from './new-plugin/plugin-files.ts'

export const pluginNew = defineCommand({
  usage: 'plugin new <id> [--out <folder>]',
  about:
    'Makes a folder with a plugin that works: one action, its texts in English and Portuguese, and a test.\nThe id is the first half of `uses: <id>/<action>`: lower case letters, digits and single hyphens.',
  flags: {
    out: { type: 'string', value: '<folder>', help: 'where it goes, a new or an empty folder; ./<id> without it' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const id = positionals[0]!
    await requireFreeId(id)
    const folder = resolve(flags.out ?? id)
    await requireEmpty(folder)
    const files = pluginFiles(id)
    await writeFolder(folder, files)
    terminal.line(`The plugin ${id} is in ${folder}. What to do next:`)
    for (const command of ['test', 'check', 'pack']) terminal.line(`  trae plugin ${command} ${flags.out ?? id}`)
    terminal.data({ id, folder, files: Object.keys(files) })
    return 0
  },
})

async function requireFreeId(id: string): Promise<void> {
  const checked = manifestSchema.shape.id.safeParse(id)
  if (!checked.success)
    throw new TraeError(
      'BAD_USER_INPUT',
      `${JSON.stringify(id)} cannot be the id of a plugin: ${checked.error.issues[0]!.message}. Nothing was written.`,
    )
  if ((await ourPluginIds()).has(id))
    throw new TraeError(
      'CONFLICT',
      `${id} is a plugin that comes with TRAE OS; no host would install another one. Choose another id. Nothing was written.`,
    )
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new TraeError('CONFLICT', `${folder} is no folder that can be written to (${cause.code}).`, { cause })
  })
  if (entries.length > 0)
    throw new TraeError(
      'CONFLICT',
      `${folder} is not empty: it holds ${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ' …' : ''}. Give a new folder with --out. Nothing was written.`,
    )
}

/** All of it or nothing: written beside, then renamed. */
async function writeFolder(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const beside = await mkdtemp(join(dirname(folder), '.trae-plugin-new-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(beside, path)), { recursive: true })
      await writeFile(join(beside, path), text)
    }
    await rename(beside, folder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}
