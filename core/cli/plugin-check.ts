import { relative, resolve } from 'node:path'
import { createLog } from '../log.ts'
import { checkPlugin, type PluginCheck, type PluginFinding } from '../plugins/lint/check-plugin.ts'
import { Sandbox } from '../sandbox/sandbox.ts'
import { defineCommand } from './command.ts'
import type { Terminal } from './terminal.ts'

export const pluginCheck = defineCommand({
  usage: 'plugin check <folder> [--strict]',
  about:
    'Says what an installation will say of the plugin in this folder, and what its readers will miss: samples, texts in English and\nPortuguese, permissions that nothing uses, descriptions that are too long. Writes nothing. Exits with 1 when no host\nwould install it.',
  flags: { strict: { type: 'boolean', help: 'exit with 1 for warnings as well' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const folder = resolve(positionals[0]!)
    const check = await checkFolder(folder)
    showFindings(terminal, folder, check.findings)
    const count = (kind: PluginFinding['kind']) => check.findings.filter(finding => finding.kind === kind).length
    const [problems, warnings] = [count('problem'), count('warning')]
    if (check.package) {
      const { id, version } = check.package.manifest
      terminal.line(
        check.permissions.length === 0
          ? `${id} ${version} can be installed. It asks for no permission.`
          : `${id} ${version} can be installed. Whoever installs it is asked whether it may:`,
      )
      for (const sentence of check.permissions) terminal.line(`  ${sentence}`)
    }
    if (problems + warnings > 0) terminal.line(`${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`)
    const { package: found, ...rest } = check
    terminal.data({ ok: problems === 0, ...(found ? { id: found.manifest.id, digest: found.digest } : {}), ...rest })
    return problems > 0 || (flags.strict && warnings > 0) ? 1 : 0
  },
})

/** Checks the plugin in a folder, in a sandbox of its own. */
export async function checkFolder(folder: string): Promise<PluginCheck> {
  const sandbox = new Sandbox({ log: createLog('silent') })
  try {
    return await checkPlugin({ sandbox }, folder)
  } finally {
    await sandbox.close()
  }
}

/** A line for each, `path:line: problem: …`, as editors and terminals make links of them. */
export function showFindings(terminal: Terminal, folder: string, findings: readonly PluginFinding[]): void {
  const below = relative(process.cwd(), folder)
  const top = below.startsWith('..') ? folder : below || '.'
  for (const { kind, message, file, line } of findings) {
    const where = file === undefined ? top : `${top}/${file}${line === undefined ? '' : `:${line}`}`
    terminal.line(`${where}: ${terminal.paint(kind === 'problem' ? 'red' : 'yellow', kind)}: ${message}`)
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
