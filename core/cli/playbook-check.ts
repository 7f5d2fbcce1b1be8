import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { TraeError } from '../errors.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic, DiagnosticCode } from '../playbooks/diagnostic.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import { sarifOf } from '../playbooks/sarif.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import { builtCatalog } from './built-catalog.ts'
import { defineCommand, UsageError } from './command.ts'
import { folderCatalog } from './folder-catalog.ts'
import { openSession } from './host-session.ts'
import { validateInHost } from './playbook-of-host.ts'

export const playbookCheck = defineCommand({
  usage: 'playbook check <files…> [--host] [--format text|json|sarif]',
  about:
    'Checks playbooks against what comes with TRAE OS, without a host; with --host against what is installed there. Every\nfinding has its line; errors give exit code 1.',
  flags: {
    host: { type: 'boolean', help: 'ask the running host: it knows plugins, accounts and playbooks of its own' },
    format: { type: 'string', value: 'text|json|sarif', help: 'how findings are written; text without it' },
  },
  positionals: { least: 1, most: Infinity },
  async run({ flags, positionals, terminal }) {
    const format = flags.format ?? (terminal.json ? 'json' : 'text')
    if (format !== 'text' && format !== 'json' && format !== 'sarif')
      throw new UsageError(`--format must be text, json or sarif; found ${format}.`)
    const check = flags.host ? await checkInHost() : await checkHere(positionals)
    const findings: Diagnostic[] = []
    for (const path of positionals) {
      const file = relative(process.cwd(), path) || path
      const source = await readSource(path)
      const diagnostics = await check(source, file)
      findings.push(...diagnostics)
      if (format !== 'text') continue
      if (diagnostics.length > 0) process.stdout.write(`${formatDiagnostics(diagnostics, source)}\n\n`)
      else process.stdout.write(`${file}: ${readPlaybookText(source)?.root['name'] ?? 'playbook'} is fine\n`)
    }
    if (format === 'text' && !flags.host && findings.some(({ code }) => IN_HOST.has(code)))
      process.stdout.write('This was checked against what comes with TRAE OS. With --host it is what your host has.\n')
    if (format === 'json') process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
    if (format === 'sarif') process.stdout.write(`${JSON.stringify(sarifOf(findings, ENGINE_VERSION), null, 2)}\n`)
    return findings.some(finding => finding.severity === 'error') ? 1 : 0
  },
})

type Check = (source: string, file: string) => Promise<readonly Diagnostic[]>

async function checkHere(files: readonly string[]): Promise<Check> {
  const catalog = await folderCatalog(await builtCatalog(), files)
  return async (source, file) => compilePlaybook(source, catalog, { file }).diagnostics
}

async function checkInHost(): Promise<Check> {
  const session = await openSession()
  return (source, file) => validateInHost(session, source, file)
}

/** What is not here may be there. */
const IN_HOST: ReadonlySet<string> = new Set<DiagnosticCode>([
  'UNKNOWN_ACTION',
  'UNKNOWN_PLAYBOOK',
  'UNKNOWN_POLICY',
  'UNKNOWN_EVENT',
  'WRONG_VERSION',
])

async function readSource(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new TraeError('NOT_FOUND', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
