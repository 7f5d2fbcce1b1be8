import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { builtCatalog } from '../../core/cli/built-catalog.ts'
import { folderCatalog } from '../../core/cli/folder-catalog.ts'
import type { Catalog } from '../../core/playbooks/catalog.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { type Diagnostic, type DiagnosticCode, DIAGNOSTICS, Findings } from '../../core/playbooks/diagnostic.ts'
import { parseDuration } from '../../core/playbooks/duration.ts'
import { checkingEnvironment } from '../../core/playbooks/expressions/environment.ts'
import { BUILT_IN_DOCS, NOT_SHOWN } from '../../core/playbooks/expressions/expression-docs.ts'
import { FUNCTIONS } from '../../core/playbooks/expressions/functions.ts'
import { FINDING_DOCS } from '../../core/playbooks/finding-docs.ts'
import { languageReference, OPENING_EXAMPLE } from '../../core/playbooks/language-reference.ts'
import { STEP_KINDS } from '../../core/playbooks/step-kinds.ts'

const committed = join(import.meta.dirname, '../../docs/playbooks.md')
/** Found when tests are run. */
const OF_PUBLISHING = ['TESTS_REQUIRED', 'TEST_FAILED', 'COVERAGE_TOO_LOW']
const codes = Object.keys(DIAGNOSTICS) as DiagnosticCode[]
const page = languageReference()

/** Checked against the plugins and playbooks that are really there. */
let catalog: Catalog
beforeAll(async () => {
  const ours = join(import.meta.dirname, '../../playbooks/qualify-lead.yaml')
  const built = await folderCatalog(await builtCatalog(), [ours])
  catalog = { ...built, accounts: new Map([['hubspot', ['main', 'sales-brazil']]]) }
})
const findingsOf = (source: string): Diagnostic[] => [...compilePlaybook(source, catalog).diagnostics]

/** Steps, or keys of the file, as a whole playbook. */
function playbookOf(snippet: string): string {
  const file: [key: string, text: string][] = [
    ['id', 'id: example'],
    ['name', 'name: Example'],
    ['module', 'module: vendas'],
    ['triggers', 'triggers: [{ event: lead.captured }]'],
    ['steps', 'steps: [{ wait: 1d }]'],
  ]
  const own = snippet.trim().startsWith('-') ? `steps:\n${snippet.trim()}` : snippet.trim()
  return [...file.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(own)).map(([, text]) => text), own].join('\n')
}

describe('docs/playbooks.md', () => {
  it('is committed as it is generated; WRITE_DOCS=1 writes it again', () => {
    if (process.env['WRITE_DOCS']) writeFileSync(committed, page)
    expect(readFileSync(committed, 'utf8') === page, 'docs/playbooks.md is out of date').toBe(true)
  })

  it.each(codes)('explains %s where the finding links to', code => {
    const findings = new Findings('x')
    findings.add({ code, message: '', path: '', span: { start: 0, end: 1 } })
    const [file, anchor] = findings.sorted()[0]!.docs.split('#')
    expect(file).toBe('docs/playbooks.md')
    expect(page.split(`<a id="${anchor}"></a>\n\n### ${code}\n`)).toHaveLength(2)
  })

  it.each(codes.filter(code => FINDING_DOCS[code].example))('%s: wrong is found, right is fine', code => {
    const { wrong, right } = FINDING_DOCS[code].example!
    expect(findingsOf(playbookOf(wrong)).map(finding => finding.code)).toContain(code)
    expect(findingsOf(playbookOf(right))).toEqual([])
  })

  it('has an example of every finding but those of no text: a file that is too large, one that lacks a key, a plugin that is disabled, tests', () => {
    expect(codes.filter(code => !FINDING_DOCS[code].example)).toEqual([
      'TOO_LARGE',
      'PLUGIN_DISABLED',
      ...OF_PUBLISHING,
      'NO_TRIGGER',
      'NO_EFFECT',
    ])
  })

  it.each(Object.values(STEP_KINDS).map(kind => [kind.key, kind.docs.example]))(
    '%s: the example passes the check',
    (_key, example) => {
      expect(findingsOf(playbookOf(example!))).toEqual([])
    },
  )

  it('has no other YAML that fails the check', () => {
    expect(findingsOf(OPENING_EXAMPLE)).toEqual([])
    const blocks = Array.from(page.matchAll(/```yaml\n(.*?)```/gs), match => match[1]!).filter(
      block => !block.startsWith('# wrong'),
    )
    expect(blocks.length).toBeGreaterThan(Object.keys(STEP_KINDS).length)
    for (const block of blocks) expect(findingsOf(playbookOf(block)), block).toEqual([])
  })

  it('shows every function there is, or says why not', () => {
    const shown = new Set([
      ...BUILT_IN_DOCS.flatMap(docs => docs.names),
      ...NOT_SHOWN,
      ...FUNCTIONS.map(known => nameOf(known.signature)),
    ])
    const all = checkingEnvironment()
      .getDefinitions()
      .functions.map(known => known.name.replace(/^_/, ''))
    expect(all.filter(name => !shown.has(name))).toEqual([])
    expect([...shown].filter(name => !all.includes(name))).toEqual([])
  })

  it('links to places that it has', () => {
    const headings = Array.from(page.matchAll(/^#+ (.+)$/gm), match =>
      match[1]!
        .toLowerCase()
        .replace(/[^a-z0-9_ -]/g, '')
        .replaceAll(' ', '-'),
    )
    const places = new Set([...headings, ...Array.from(page.matchAll(/<a id="(.+?)">/g), match => match[1]!)])
    for (const [, target] of page.matchAll(/\]\(#(.+?)\)/g)) expect(places, target).toContain(target)
  })

  it('has defaults that the language itself can read', () => {
    const retry = page.slice(page.indexOf('\n## Retry'), page.indexOf('\n## Durations'))
    const written = (key: string) => new RegExp(`^\\| \`${key}\` \\|.*?\\| \`(.+?)\` \\| `, 'm').exec(retry)?.[1]
    expect(parseDuration(written('delay')!)).toBe(1000)
    expect(parseDuration(written('maxDelay')!)).toBe(300_000)
    expect(parse(written('maxAttempts')!)).toBe(3)
  })
})

function nameOf(signature: string): string {
  return /_?(\w+)\(/.exec(signature)![1]!.replace(/^_/, '')
}
