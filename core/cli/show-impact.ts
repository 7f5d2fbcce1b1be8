import type { Terminal } from './terminal.ts'

export interface Impact {
  readonly changed: boolean
  readonly publishedNumber: number
  readonly diagnostics: readonly { readonly severity: string; readonly message: string; readonly line: number }[]
  readonly steps: readonly {
    readonly change: string
    readonly path: string
    readonly pathBefore: string | null
    readonly title: string
  }[]
  readonly triggers: readonly { readonly change: string; readonly name: string }[]
  readonly inputs: readonly { readonly change: string; readonly name: string }[]
  readonly settings: readonly string[]
  readonly plugins: readonly {
    readonly pluginId: string
    readonly service: string | null
    readonly from: string | null
    readonly to: string | null
  }[]
  readonly inFlight: {
    readonly total: number
    readonly executing: number
    readonly queued: number
    readonly migratable: number
    readonly restartable: number
    readonly waitingAt: readonly { readonly path: string; readonly count: number; readonly kept: boolean }[]
  }
  readonly tests: { readonly count: number; readonly required: { readonly coverage: number } | null }
}

/** What publishing would change, a line each. */
export function showImpact(terminal: Terminal, impact: Impact): void {
  const { steps, triggers, inputs, settings, plugins, inFlight } = impact
  terminal.line(
    !impact.changed
      ? `Nothing would change: version ${impact.publishedNumber} is this.`
      : impact.publishedNumber === 0
        ? 'It would be the first version.'
        : `Against version ${impact.publishedNumber}:`,
  )
  for (const { change, path, pathBefore } of steps)
    terminal.line(`  step ${change.toLowerCase()}: ${pathBefore ? `${pathBefore} -> ` : ''}${path}`)
  for (const { change, name } of triggers) terminal.line(`  trigger ${change.toLowerCase()}: ${name}`)
  for (const { change, name } of inputs) terminal.line(`  input ${change.toLowerCase()}: ${name}`)
  for (const setting of settings) terminal.line(`  changed: ${setting}`)
  for (const { pluginId, service, from, to } of plugins)
    terminal.line(
      `  ${service ? `provider of ${service}` : `plugin ${pluginId}`}: ${from ?? 'none'} -> ${to ?? 'none'}`,
    )
  terminal.line(
    inFlight.total === 0
      ? 'No run is under way.'
      : `${inFlight.total} runs are under way: ${inFlight.migratable} could go on with it, ${inFlight.restartable} could begin anew.`,
  )
  for (const { path, count, kept } of inFlight.waitingAt)
    terminal.line(`  ${count} wait at ${path}${kept ? '' : ', which is gone in the new text'}`)
  if (inFlight.queued > 0) terminal.line(`  ${inFlight.queued} wait for a worker`)
  if (inFlight.executing > 0) terminal.line(`  ${inFlight.executing} are executing at this moment`)
  const { count, required } = impact.tests
  if (required)
    terminal.line(
      `The workspace asks for tests that pass${required.coverage > 0 ? ` and take ${required.coverage} % of the branches` : ''}: it has ${count}.`,
    )
  for (const { severity, message, line } of impact.diagnostics)
    terminal.line(`${severity.toLowerCase()} in line ${line}: ${message}`)
}

export const IMPACT = `query ($playbookId: ID!, $source: String, $tests: String, $versionId: ID) {
  playbookPublishImpact(playbookId: $playbookId, source: $source, tests: $tests, versionId: $versionId) {
    changed publishedNumber diagnostics { severity message line }
    steps { change path pathBefore title } triggers { change name } inputs { change name } settings
    plugins { pluginId service from to }
    inFlight { total executing queued migratable restartable waitingAt { path count kept } }
    tests { count required { coverage } }
  }
}`
