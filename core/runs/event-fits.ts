import { DEFAULT_ACCOUNT } from '../playbooks/account-name.ts'

/**
 * SQL: does what a wait listens for, `we`, fit the event `e`? One from before accounts could be named, and one that belongs to no
 * `waitFor`, has null for its account and hears them all; an event that no plugin heard of has none.
 */
export const EVENT_FITS = `we.workspace_id = e.workspace_id and we.type = e.type and (we.subject_id = e.subject_id or we.subject_id is null)
  and e.data @> we.correlate
  and (we.account is null or e.account is null or case we.account when '${DEFAULT_ACCOUNT}' then e.of_default_account else we.account = e.account end)`

/** SQL: has the event ended another wait of the run of this one? A goal looks at what comes and takes nothing away, and the parts of one step are no others. */
export const endedAnother = (wait: string, event: string) => `exists (
  select from waits used
  where used.run_id = ${wait}.run_id and used.event_id = ${event}.id and used.kind <> 'goal' and ${wait}.kind <> 'goal'
    and split_part(used.path, '!', 1) <> split_part(${wait}.path, '!', 1))`
