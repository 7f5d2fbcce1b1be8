import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { callLinesOf, findCalls } from '../sales/read-calls.ts'
import { statement } from '../sql.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import { resolveAction } from './resolve-action.ts'

/** The skill that is asked; it thinks and changes nothing, so it may be asked again and again. */
const SKILL = 'closer/live-suggestions'
/** So many of the last lines are what it takes. */
const LINES = 200

type AdviseCore = CallCore & Pick<Core, 'sql' | 'clock' | 'pubsub' | 'log'>

/**
 * Asks the closer's assistant what to say next and stores its answer, or why there is none, beside the last line that it
 * knew. Without a language model the skill says what can be computed.
 */
export async function adviseCall(core: AdviseCore, workspaceId: WorkspaceId, callId: string): Promise<void> {
  const [call] = await findCalls(core, workspaceId, [callId])
  const lines = (await callLinesOf(core, workspaceId, callId)).slice(-LINES)
  const after = lines.at(-1)?.seq
  if (!call || after === undefined) return
  const answer = await ask(core, workspaceId, call, lines, after)
  await core.sql.query(STORE_ADVICE, [
    workspaceId,
    callId,
    after,
    SKILL,
    'output' in answer ? JSON.stringify(answer.output) : null,
    'error' in answer ? JSON.stringify(answer.error) : null,
    core.clock.now(),
  ])
  core.pubsub.publish('call.updated', { workspaceId, callId, from: null })
}

async function ask(
  core: AdviseCore,
  workspaceId: WorkspaceId,
  { id, leadId }: { readonly id: string; readonly leadId: string },
  lines: readonly { readonly who: string; readonly text: string }[],
  after: number,
): Promise<{ output: unknown } | { error: unknown }> {
  try {
    const workspace = await getWorkspace(core, workspaceId)
    const path = `call:${id}`
    const call: ActionCall = {
      workspaceId,
      action: resolveAction(core, workspaceId, SKILL),
      input: { lines: lines.map(({ who, text }) => ({ who, text })), leadId },
      run: { id: newId(), path, attempt: 1, key: `${path}/${after}`, playbookId: '', subjectId: leadId },
      locale: workspace.locale,
      timeZone: workspace.timeZone,
      workspaceLocale: workspace.locale,
      workspaceName: workspace.name,
    }
    return { output: (await callAction(core, call)).output }
  } catch (error) {
    const { code, message } = errorRecord(error)
    core.log.warn({ callId: id, code }, 'no advice for a call')
    return { error: { code, message } }
  }
}

/** Calls that are being thought about; `again`: more was said meanwhile. */
const thinking = new Map<string, { again: boolean }>()

/** Asks soon, without anybody waiting; what is said while it thinks is asked about once it has answered. */
export function adviseCallSoon(core: AdviseCore, workspaceId: WorkspaceId, callId: string): void {
  const under = thinking.get(callId)
  if (under) {
    under.again = true
    return
  }
  const state = { again: true }
  thinking.set(callId, state)
  void (async () => {
    try {
      while (state.again) {
        state.again = false
        await adviseCall(core, workspaceId, callId)
      }
    } catch (error) {
      core.log.error({ err: error, callId }, 'the advice for a call could not be stored')
    } finally {
      thinking.delete(callId)
    }
  })()
}

const STORE_ADVICE = statement(
  'store-call-advice',
  `insert into call_advice (call_id, workspace_id, after_seq, action, output, error, made_at)
   select id, workspace_id, $3, $4, $5::jsonb, $6::jsonb, $7 from calls where workspace_id = $1 and id = $2
   on conflict (call_id, after_seq) do update set action = excluded.action, output = excluded.output, error = excluded.error, made_at = excluded.made_at`,
)
