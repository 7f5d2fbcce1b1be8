import { TraeError } from '../errors.ts'
import type { Diagnostic, Severity } from '../playbooks/diagnostic.ts'
import { suggest, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import type { Terminal } from './terminal.ts'

export interface HostPlaybook {
  readonly id: string
  readonly slug: string
  readonly status: string
}

/** The playbook of this slug; where there is none, an error that says which there are, or undefined. */
export async function findPlaybook(
  session: HostSession,
  slug: string,
  missing: 'say' | 'leave' = 'say',
): Promise<HostPlaybook | undefined> {
  const found = await ask<{
    playbook: HostPlaybook | null
    playbooks: { edges: readonly { node: { slug: string } }[] }
  }>(session, FIND, { slug })
  if (found.playbook) return found.playbook
  if (missing === 'leave') return undefined
  const slugs = found.playbooks.edges.map(({ node }) => node.slug)
  throw new TraeError('NOT_FOUND', `${session.url} has no playbook ${slug}${suggest(slug, slugs)}`)
}

/** What the host says of a text, in the words of the check. `file` is what findings call it. */
export async function validateInHost(session: HostSession, source: string, file: string): Promise<Diagnostic[]> {
  const { playbookValidate: said } = await ask<{
    playbookValidate: {
      readonly diagnostics: readonly HostFinding[]
      readonly userErrors: readonly { readonly message: string }[]
    }
  }>(session, VALIDATE, { input: { source } })
  if (said.userErrors.length > 0)
    throw new TraeError('BAD_USER_INPUT', said.userErrors.map(error => error.message).join('\n'))
  return said.diagnostics.map(({ severity, path, suggestion, docs, ...finding }) => ({
    ...finding,
    severity: severity.toLowerCase() as Severity,
    path: path.join('.'),
    suggestion: suggestion ?? undefined,
    docs: docs ?? '',
    source: file,
  }))
}
type HostFinding = Omit<Diagnostic, 'severity' | 'path' | 'suggestion' | 'docs' | 'source'> & {
  readonly severity: string
  readonly path: readonly string[]
  readonly suggestion: string | null
  readonly docs: string | null
}
const VALIDATE = `mutation ($input: PlaybookValidateInput!) {
  playbookValidate(input: $input) {
    diagnostics { code severity message path line column endLine endColumn suggestion docs }
    userErrors { message }
  }
}`

export const IN_FLIGHT_FLAG = {
  type: 'string',
  value: 'finish|migrate|restart',
  help: 'what becomes of runs under way; finish without it',
} as const

/** The policy as the API calls it. Throws `UsageError`. */
export function inFlightOf(written: string | undefined): 'FINISH' | 'MIGRATE' | 'RESTART' | undefined {
  const policy = written?.toUpperCase()
  if (policy === undefined || policy === 'FINISH' || policy === 'MIGRATE' || policy === 'RESTART') return policy
  throw new UsageError(`--in-flight must be finish, migrate or restart; found ${written}.`)
}

export interface Published {
  readonly version: { readonly number: number } | null
  readonly changed: boolean
  readonly inFlight: {
    readonly policy: string
    readonly moved: number
    readonly finishing: readonly { readonly reason: string; readonly path: string | null; readonly count: number }[]
  } | null
  readonly userErrors: readonly { readonly message: string }[]
}
export const PUBLISHED =
  'version { number } changed inFlight { policy moved finishing { reason path count } } userErrors { message code }'

/** Says what was published and what became of the runs; answers the exit code. Throws what stood in the way. */
export function showPublished(terminal: Terminal, slug: string, done: Published): number {
  if (!done.version) throw new TraeError('BAD_USER_INPUT', done.userErrors.map(error => error.message).join('\n'))
  terminal.line(
    done.changed
      ? `${slug}: version ${done.version.number} is in force`
      : `${slug}: version ${done.version.number} is in force already; nothing has changed`,
  )
  const { policy, moved, finishing } = done.inFlight ?? { policy: 'FINISH', moved: 0, finishing: [] }
  if (moved > 0)
    terminal.line(policy === 'RESTART' ? `  ${moved} runs begin anew with it` : `  ${moved} runs go on with it`)
  for (const { reason, path, count } of finishing)
    terminal.line(
      `  ${count} finish on their version: ${reason.toLowerCase().replace('_', ' ')}${path ? ` (${path})` : ''}`,
    )
  terminal.data(done)
  return 0
}

const FIND = `query ($slug: String!) {
  playbook(slug: $slug) { id slug status }
  playbooks(first: 100) { edges { node { slug } } }
}`
