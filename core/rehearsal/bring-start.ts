import { findMembers } from '../access/users.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { PlaybookId, WorkspaceId } from '../ids.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import type { ComingStart } from '../playbooks/tests/playbook-test.ts'
import { receiveWebhook } from '../triggers/receive-webhook.ts'
import { startByHand } from '../triggers/start-by-hand.ts'
import { bringEvent } from './bring-event.ts'
import { personEmail } from './team.ts'

/** The playbook that is rehearsed, where it is published. */
export interface Rehearsed {
  readonly workspaceId: WorkspaceId
  readonly playbookId: PlaybookId
  readonly playbook: Playbook
}

/**
 * Begins what a test begins, through the doors that it would come through: an event, a post to a webhook, a start by hand
 * about the known lead. Answers the lead that it is about. A start that is not let in changes nothing, as in life.
 */
export async function bringStart(
  core: Core,
  { workspaceId, playbookId, playbook }: Rehearsed,
  start: ComingStart,
  knownLead: string | undefined,
): Promise<string | undefined> {
  switch (start.kind) {
    case 'event':
      return bringEvent(core, workspaceId, start.event, knownLead)
    case 'webhook': {
      const trigger = playbook.triggers.find(({ key }) => key === start.trigger)
      if (trigger?.kind === 'webhook')
        await receiveWebhook(core, { id: trigger.id, workspaceId, playbookId }, trigger, postOf(start.data))
      return knownLead
    }
    case 'hand':
      await startByHand(core, workspaceId, {
        playbook: playbook.id,
        inputs: start.inputs,
        leadId: knownLead,
        by: await starterOf(core, workspaceId, start.by),
      }).catch(error => {
        if (!(error instanceof TraeError && error.code === 'CONFLICT')) throw error
      })
      return knownLead
    default:
      return start satisfies never
  }
}

/** Who starts by hand: a member of the team, or somebody whom nobody knows. */
async function starterOf(core: Core, workspaceId: WorkspaceId, name: string | undefined): Promise<string> {
  if (name === undefined) return 'rehearsal'
  const [member] = await findMembers(core, workspaceId, { roles: [], emails: [personEmail(name, workspaceId)] })
  return member!.id
}

/** Names of headers come in lower case, and what is in a query is text. */
function postOf({ body = {}, headers, query }: Readonly<Record<string, unknown>>) {
  const texts = (value: unknown, nameOf: (name: string) => string) =>
    Object.fromEntries(Object.entries((value ?? {}) as object).map(([name, text]) => [nameOf(name), String(text)]))
  return { body, headers: texts(headers, name => name.toLowerCase()), query: texts(query, name => name) }
}
