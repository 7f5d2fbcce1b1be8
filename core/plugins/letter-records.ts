import { z } from 'zod'
import {
  beginLetter,
  letterBounced,
  letterFailed,
  letterSent,
  letterUnsubscribed,
  withdrawLetter,
} from '../mail/report-letter.ts'
import { type Origin, type RecordVerb, verb } from './record-verb.ts'

/** Letters are begun under these keys, so no other plugin speaks of them. */
const keysOf = ({ pluginId }: Origin) => `plugin:${pluginId}:`

const id = z.uuid()
const text = (max: number) => z.string().min(1).max(max)
const returned = z.strictObject({ id, reason: text(2000) })

/** `ctx.records.letters`: e-mails that a vendor sends. */
export const LETTERS: Readonly<Record<string, RecordVerb>> = {
  'letters.begin': {
    ...verb(
      'letters:report',
      z.strictObject({
        from: z.strictObject({ address: z.email().max(255), name: z.string().max(255) }),
        to: z.email().max(255),
        subject: text(255),
        text: text(50_000),
        leadId: id.optional(),
        inReplyTo: text(255).optional(),
        meetingId: text(255).optional(),
      }),
      (core, workspaceId, argument, origin) =>
        beginLetter(core, workspaceId, argument, { key: keysOf(origin) + origin.key, runId: origin.runId }),
    ),
    isAhead: true,
  },
  'letters.sent': verb(
    'letters:report',
    z.strictObject({ id, messageId: text(500).optional() }),
    (core, workspaceId, argument, origin) => letterSent(core, workspaceId, { ...argument, keysBegin: keysOf(origin) }),
  ),
  'letters.unanswered': {
    ...verb('letters:report', z.strictObject({ id }), async (core, workspaceId, argument, origin) =>
      origin.isUntouched ? withdrawLetter(core, workspaceId, { ...argument, keysBegin: keysOf(origin) }) : false,
    ),
    isAhead: true,
  },
  'letters.failed': verb('letters:report', returned, (core, workspaceId, argument, origin) =>
    letterFailed(core, workspaceId, { ...argument, keysBegin: keysOf(origin) }),
  ),
  'letters.bounced': verb('letters:report', returned, (core, workspaceId, argument, origin) =>
    letterBounced(core, workspaceId, { ...argument, keysBegin: keysOf(origin) }),
  ),
  'letters.unsubscribed': verb('letters:report', z.strictObject({ id }), (core, workspaceId, argument, origin) =>
    letterUnsubscribed(core, workspaceId, { ...argument, keysBegin: keysOf(origin) }),
  ),
}
