import { TraeError } from '../errors.ts'
import type { Catalog, CatalogAction } from '../playbooks/catalog.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import { inLanguage } from '../playbooks/in-language.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import type { Manifest } from './manifest.ts'
import { contractOf, SERVICES } from './services.ts'

/** Throws `MANIFEST` with what `templateProblems` finds. */
export function requireTemplates(manifest: Manifest): void {
  const problems = templateProblems(manifest)
  if (problems.length > 0) throw new TraeError('MANIFEST', problems.join('\n'), { details: { problems } })
}

/**
 * What keeps a template from being published where the plugin is installed, a line each. What other plugins do is known only there, so
 * their actions are taken as they are written.
 */
export function templateProblems(manifest: Manifest): string[] {
  const { playbooks = {}, playbookTexts = {} } = manifest
  const translated = Object.entries(playbookTexts).flatMap(([locale, texts]) => {
    const file = `playbooks/texts/${locale}.yaml`
    const unused = Object.keys(texts).filter(
      text => !Object.values(playbooks).some(source => inLanguage(source, { [text]: `${text}.` }) !== source),
    )
    const sources = Object.entries(playbooks).map(([slug, source]) => [slug, inLanguage(source, texts)] as const)
    return [
      ...unused.map(text => `${file}: no template has the text ${JSON.stringify(text)}, letter for letter`),
      ...problemsOf(manifest, sources, slug => `playbooks/${slug}.yaml in ${locale}`),
    ]
  })
  return [...problemsOf(manifest, Object.entries(playbooks), slug => `playbooks/${slug}.yaml`), ...translated]
}

function problemsOf(
  manifest: Manifest,
  playbooks: readonly (readonly [string, string])[],
  fileOf: (slug: string) => string,
): string[] {
  const catalog = catalogFor(manifest)
  return playbooks.flatMap(([slug, source]) => {
    const file = fileOf(slug)
    const id = readPlaybookText(source)?.root['id']
    const misnamed =
      id === slug ? [] : [`${file}: id: must be ${slug}, as its file is called (found ${JSON.stringify(id)})`]
    const { diagnostics } = compilePlaybook(source, catalog, { file })
    const errors = diagnostics.filter(({ severity, code, message }) => {
      const owner = /"([a-z0-9-]+)\//.exec(message)?.[1] ?? ''
      const elsewhere = code === 'UNKNOWN_ACTION' && owner !== manifest.id && !SERVICES.has(owner)
      return severity === 'error' && !elsewhere
    })
    return [...misnamed, ...errors.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)]
  })
}

function catalogFor({ id, version, actions, triggers, permissions }: Manifest): Catalog {
  const own = Object.entries(actions).map(
    ([name, { title, effect, idempotency, input, output }]): [string, CatalogAction] => [
      `${id}/${name}`,
      { title, effect, idempotency, input, output, version },
    ],
  )
  const services = [...SERVICES].flatMap(([service, { version: of, actions: contracts }]) =>
    Object.keys(contracts).map((name): [string, CatalogAction] => {
      const { title, effect, input, output } = contractOf(service, name)!
      return [`${service}/${name}`, { title, effect, idempotency: 'key', input, output, version: of }]
    }),
  )
  const events = Object.entries(triggers).flatMap(([name, trigger]) =>
    trigger.kind === 'event' ? [] : [[`${id}.${name}`, trigger.output] as const],
  )
  const emitted = permissions.events.flatMap(({ name }) =>
    name.startsWith('emit:') ? [name.slice('emit:'.length)] : [],
  )
  return { actions: new Map(own), services: new Map(services), events: new Map(events), emitted: new Set(emitted) }
}
