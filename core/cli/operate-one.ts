import { type ErrorCode, TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { type Operation, type OperationInput, OPERATIONS } from './operation-words.ts'
import { runIdOf } from './run-id.ts'
import type { Terminal } from './terminal.ts'

interface Operated {
  readonly run: { readonly id: string; readonly status: string; readonly playbook: { readonly slug: string } } | null
  readonly userErrors: readonly { readonly code: string; readonly message: string }[]
}

/** Does it to the runs with these ids, one after the other; answers the exit code. Throws what stood in the way of the only one. */
export async function operateEach(
  session: HostSession,
  terminal: Terminal,
  operation: Operation,
  written: readonly string[],
  input: OperationInput,
): Promise<number> {
  const done: Operated['run'][] = []
  const refused: { readonly id: string; readonly message: string }[] = []
  for (const id of written.map(runIdOf)) {
    const { run, userErrors } = await operateOne(session, operation, { runId: id, ...input })
    if (run) {
      done.push(run)
      terminal.line(`${saidOf(operation, run.playbook.slug)}: ${session.url}/admin/runs/${run.id}`)
      continue
    }
    const message = userErrors.map(error => error.message).join('\n')
    if (written.length === 1) throw new TraeError(codeOf(userErrors), message)
    refused.push({ id, message })
    if (!terminal.json) process.stderr.write(`${message}\n`)
  }
  if (written.length > 1) terminal.line(`${done.length} ${OPERATIONS[operation].done}, ${refused.length} refused.`)
  terminal.data({ operation, done, refused })
  return refused.length === 0 ? 0 : 1
}

async function operateOne(
  session: HostSession,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<Operated> {
  const { mutation } = OPERATIONS[operation]
  const query = `mutation ($input: R${mutation.slice(1)}Input!) {
    answer: ${mutation}(input: $input) { run { id status playbook { slug } } userErrors { code message } }
  }`
  return (await ask<{ answer: Operated }>(session, query, { input })).answer
}

function saidOf(operation: Operation, slug: string): string {
  switch (operation) {
    case 'cancel':
      return `${slug} was asked to stop`
    case 'restart':
    case 'release':
      return `${slug} goes on`
    case 'replay':
      return `${slug} begins anew, in a run of its own`
    default:
      return operation satisfies never
  }
}

const KNOWN = ['CONFLICT', 'NOT_FOUND', 'STALE_VERSION', 'UNAVAILABLE'] as const

/** The code of the program for what the API said. */
export function codeOf(userErrors: readonly { readonly code: string }[]): ErrorCode {
  const code = userErrors[0]?.code
  return KNOWN.find(known => known === code) ?? 'BAD_USER_INPUT'
}
