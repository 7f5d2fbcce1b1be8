import { TraeError } from '../errors.ts'

/** Of a run `x` that is to begin, in SQL: whom it is about has not withdrawn what it would rest on. A new consent takes the place of the old. */
export const CONSENT_STANDS = `not exists (
       select from leads l where l.workspace_id = x.workspace_id and l.id = x.subject_id and l.consent ? 'withdrawnAt')`

/** Before somebody starts a run by hand: throws `CONFLICT` where the lead has withdrawn their consent. */
export function requireConsent(lead: {
  readonly name: string
  readonly consent: Readonly<Record<string, unknown>>
}): void {
  if (lead.consent['withdrawnAt'] === undefined) return
  throw new TraeError(
    'CONFLICT',
    `${lead.name} has withdrawn their consent: nothing is done about them until they give it again, in a form or on capture.`,
  )
}
