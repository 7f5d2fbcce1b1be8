/**
 * SQL: was the meeting `m` held by `now`, SQL for a moment? What somebody said counts, or the end of its call. Where nobody has said anything,
 * a meeting that has ended counts as held until somebody does; one that is cancelled, missed or still to come never does.
 */
export const heldIf = (now: string): string =>
  `(m.status = 'COMPLETED' or (m.status = 'SCHEDULED' and m.ends_at <= ${now}))`

/** SQL: did the lead `l` of workspace `$1` come to a meeting that was held by then? */
export const metIf = (now: string): string =>
  `exists (select from meetings m where m.workspace_id = $1 and m.lead_id = l.id and ${heldIf(now)})`
