import type { Log } from '../log.ts'
import { type StartingEvent } from '../runs/start-run.ts'

/** Whose event it is, by what it is about. */
const MODULES: Readonly<Record<string, string>> = {
  lead: 'pre_vendas',
  message: 'pre_vendas',
  meeting: 'pre_vendas',
  deal: 'vendas',
  call: 'vendas',
  proposal: 'vendas',
  customer: 'onboarding',
  report: 'gestao',
}

/**
 * One line of the log for each thing that happened in the trade, with the seed's fields: `timestamp level module event score context`. A lead
 * stands there by its id: an address in a log would outlive the erasure of the person. What was said or written is left out for the same reason.
 */
export function logEvents(
  log: Log,
  events: readonly Pick<StartingEvent, 'id' | 'workspaceId' | 'type' | 'subjectId' | 'data'>[],
): void {
  if (!log.isLevelEnabled('info')) return
  for (const { id, workspaceId, type, subjectId, data } of events) {
    const module = type === 'lead.captured' ? 'aquisicao' : MODULES[type.split('.')[0]!]
    if (module === undefined) continue
    const score = typeof data['score'] === 'number' ? { score: data['score'] } : {}
    log.info({
      module,
      event: type.replaceAll(/[.-]/g, '_'),
      ...(subjectId === null ? {} : { lead_id: subjectId }),
      ...score,
      context: { event_id: id, workspace_id: workspaceId },
    })
  }
}
