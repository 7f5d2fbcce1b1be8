import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TraeError } from '../errors.ts'
import { buildApart } from '../plugins/packages/build-apart.ts'
import type { PluginPackage } from '../plugins/packages/read-package.ts'
import { defineCommand } from './command.ts'
import { openSession } from './host-session.ts'
import { agreed, install } from './plugin-install.ts'
import { previewPackageOnHost } from './plugin-source.ts'
import { showPreview } from './show-preview.ts'
import type { Terminal } from './terminal.ts'
import { untilInterrupted } from './until-interrupted.ts'

const LOOK_MS = 300
/** Not the author's source: built, installed, or of no concern to the host. */
const PASSED_OVER = /^(node_modules|dist|test)$|^\.|\.test\.ts$|\.tgz$/

export const pluginDev = defineCommand({
  usage: 'plugin dev <folder> [--yes]',
  about:
    'Builds the plugin in this folder and installs it in the running host, again after every change of its source, and says in a line\nwhat it did. What asks for no more than before is taken at once; more is shown and asked for. Ends with Ctrl-C.',
  flags: { yes: { type: 'boolean', help: 'agree to what it asks for, without being asked' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const folder = resolve(positionals[0]!)
    await openSession() // says at once where no host runs
    const interruption = untilInterrupted()
    let seen: string | undefined
    while (interruption.code === undefined) {
      const now = await stateOf(folder)
      if (now !== seen) {
        seen = now
        await reload(terminal, folder, flags.yes ?? false)
      }
      await sleep(LOOK_MS)
    }
    interruption.end()
    return 0
  },
})

/** Names, sizes and times of the source: another text, another state. Throws `NOT_FOUND`. */
async function stateOf(folder: string, below = ''): Promise<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (below !== '') return [] // it was removed while we looked
    throw new TraeError('NOT_FOUND', `${folder} is no folder that can be read (${cause.code}).`, { cause })
  })
  const states = await Promise.all(
    entries
      .filter(({ name }) => !PASSED_OVER.test(name))
      .map(async entry => {
        const path = join(below, entry.name)
        if (entry.isDirectory()) return stateOf(folder, path)
        const found = await stat(join(folder, path)).catch(() => undefined)
        return `${path} ${found?.size} ${found?.mtimeMs}`
      }),
  )
  return states.sort().join('\n')
}

/** What goes wrong is a line, and the next change another try. */
async function reload(terminal: Terminal, folder: string, yes: boolean): Promise<void> {
  const began = performance.now()
  const tell = (outcome: string, text: string) => {
    const milliseconds = Math.round(performance.now() - began)
    terminal.line(`${terminal.paint('dim', new Date().toLocaleTimeString('en-GB'))} ${text} (${milliseconds} ms)`)
    terminal.data({ outcome, text, milliseconds })
  }
  try {
    const [outcome, text] = await bringIn(terminal, await buildApart(folder), yes)
    tell(outcome, text)
  } catch (error) {
    if (!(error instanceof TraeError)) throw error
    tell('refused', terminal.paint('red', error.message.trim().replaceAll(/\s*\n\s*/g, '; ')))
  }
}

async function bringIn(terminal: Terminal, found: PluginPackage, yes: boolean): Promise<[string, string]> {
  const session = await openSession() // a token lives for minutes, and this command for hours
  const preview = await previewPackageOnHost(session, found)
  const what = `${preview.pluginId} ${preview.version}`
  if (preview.installed?.digest === preview.digest) return ['unchanged', `${what} is as it was.`]
  const takesMore = preview.addedPermissions.length > 0 || preview.warnings.some(({ code }) => code === 'MORE_LIMITS')
  if (!preview.installed || takesMore) {
    showPreview(terminal, preview)
    if (!yes && !(await agreed(preview))) return ['declined', `${what} was not installed; the host has what it had.`]
  }
  await install(session, preview.digest)
  if (!preview.installed) return ['installed', `${what} is installed.`]
  const dropped = preview.droppedPermissions.length > 0 ? '; it asks for less than before' : ''
  return ['reloaded', `${what} is reloaded${dropped}.`]
}
