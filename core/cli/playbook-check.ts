import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { TraeError } from '../errors.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import { sarifOf } from '../playbooks/sarif.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import { builtCatalog } from './built-catalog.ts'
import { defineCommand, UsageError } from './command.ts'
import { folderCatalog } from './folder-catalog.ts'

export const playbookCheck = defineCommand({
  usage: 'playbook check <files…> [--format text|json|sarif]',
  about:
    'Checks playbooks against the plugins of this folder, without a host. Every finding has its line; errors give exit code 1.',
  flags: { format: { type: 'string', value: 'text|json|sarif', help: 'how findings are written; text without it' } },
  positionals: { least: 1, most: Infinity },
  async run({ flags, positionals, terminal }) {
    const format = flags.format ?? (terminal.json ? 'json' : 'text')
    if (format !== 'text' && format !== 'json' && format !== 'sarif')
      throw new UsageError(`--format must be text, json or sarif; found ${format}.`)
    const catalog = await folderCatalog(await builtCatalog(), positionals)
    const findings: Diagnostic[] = []
    for (const path of positionals) {
      const file = relative(process.cwd(), path) || path
      const source = await readSource(path)
      const { playbook, diagnostics } = compilePlaybook(source, catalog, { file })
      findings.push(...diagnostics)
      if (format !== 'text') continue
      if (diagnostics.length > 0) process.stdout.write(`${formatDiagnostics(diagnostics, source)}\n\n`)
      else process.stdout.write(`${file}: ${playbook?.name ?? 'playbook'} is fine\n`)
    }
    if (format === 'json') process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
    if (format === 'sarif') process.stdout.write(`${JSON.stringify(sarifOf(findings, ENGINE_VERSION), null, 2)}\n`)
    return findings.some(finding => finding.severity === 'error') ? 1 : 0
  },
})

async function readSource(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new TraeError('NOT_FOUND', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
