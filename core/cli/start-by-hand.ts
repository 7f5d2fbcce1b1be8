import { parse } from 'yaml'
import { type ErrorCode, TraeError } from '../errors.ts'
import { UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { findLead } from './lead-of-host.ts'
import type { WatchedRun } from './show-run.ts'
import { type Begun, WATCHED_RUN } from './watch-run.ts'

/** Starts a run of the playbook, whatever its triggers are. Throws what the host has to say of inputs and lead; nothing was done then. */
export async function startByHand(
  session: HostSession,
  slug: string,
  { inputs, lead }: { readonly inputs: Readonly<Record<string, unknown>>; readonly lead: string | undefined },
): Promise<Begun> {
  const leadId =
    lead === undefined ? undefined : await findLead(session, lead, 'bring it in with trae lead add. Nothing was done.')
  const { runStart } = await ask<Started>(session, RUN_START, { input: { playbook: slug, inputs, leadId } })
  const { run, userErrors } = runStart
  if (!run)
    throw new TraeError(
      (userErrors[0]?.code === 'CONFLICT' ? 'CONFLICT' : 'BAD_USER_INPUT') satisfies ErrorCode,
      `${userErrors.map(({ message }) => message).join('\n')} Nothing was done.`,
    )
  return { isOurs: ({ id }) => id === run.id, run, nothing: '' }
}

/**
 * `days=3` and `who=Ana` as an object. What the playbook declares as text stays text; everything else is JSON where it can be
 * read as such. Throws `UsageError`.
 */
export function readInputs(written: readonly string[], source: string): Record<string, unknown> {
  const { inputs: declared } = (parse(source) ?? {}) as { inputs?: Record<string, { type?: unknown } | null> }
  return Object.fromEntries(
    written.map(text => {
      const [, name, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? []
      if (name === undefined) throw new UsageError(`--input is written as name=value, found ${JSON.stringify(text)}.`)
      const isText = ['string', 'date', 'datetime'].includes(String(declared?.[name]?.type))
      return [name, isText ? value! : jsonOr(value!)]
    }),
  )
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

interface Started {
  readonly runStart: {
    readonly run: WatchedRun | null
    readonly userErrors: readonly { readonly code: string; readonly message: string }[]
  }
}

const RUN_START = `mutation ($input: RunStartInput!) {
  runStart(input: $input) { run { ${WATCHED_RUN} } userErrors { code message } }
}`
