import { z } from 'zod'
import { actorOf, audit } from '../../access/audit.ts'
import { makeSecret } from '../../access/webhook-secrets.ts'
import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import type { Channel } from './rules.ts'

/** Channels that have to be connected. */
export const CHANNEL_KINDS = ['WEBHOOK', 'SLACK', 'PAGERDUTY'] as const satisfies readonly Channel[]
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

export interface AlertChannel {
  readonly kind: ChannelKind
  /** Where it leads; the whole address may be a secret. */
  readonly host: string
  readonly changedAt: Date
}

const address = z.url({ protocol: /^https$/, error: 'url must be an address that begins with https://' }).max(2000)
export const channelInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('WEBHOOK'), url: address }),
  z.strictObject({ kind: z.literal('SLACK'), url: address }),
  z.strictObject({
    kind: z.literal('PAGERDUTY'),
    routingKey: z
      .string()
      .regex(/^[A-Za-z0-9]{32}$/, 'routingKey must be the 32 characters of an Events API v2 integration'),
  }),
])
export type ChannelInput = z.output<typeof channelInput>

const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'

/**
 * Connects a channel, or replaces where it leads. `secret` is what a receiver of the webhook verifies signatures with, told
 * this once; null for the others.
 */
export async function connectChannel(
  core: Pick<Core, 'sql' | 'clock' | 'vault'>,
  workspaceId: WorkspaceId,
  input: ChannelInput,
  by: UserId,
): Promise<{ channel: AlertChannel; secret: string | null }> {
  const { kind } = input
  const now = core.clock.now()
  const secret = kind === 'WEBHOOK' ? makeSecret() : kind === 'PAGERDUTY' ? input.routingKey : ''
  const url = kind === 'PAGERDUTY' ? PAGERDUTY_URL : input.url
  const { host } = new URL(url)
  const seal = await core.vault.sealing(workspaceId)
  const [known] = await core.sql.query<{ id: string }>(FIND_ID, [workspaceId, kind])
  const id = known?.id ?? newId(now.getTime())
  const sealed = seal(JSON.stringify({ url, secret }), placeOf(workspaceId, id))
  await core.sql.transaction(async tx => {
    const stored = await tx.query(CONNECT, [id, workspaceId, kind, host, sealed, by, now])
    if (stored.length === 0)
      throw new TraeError('CONFLICT', `Somebody else has just connected ${kind}. Look at it, and try again.`)
    const entry = { action: 'alert-channel.connected', target: `alert-channel:${kind}`, data: { host } }
    await audit(tx, workspaceId, { actor: actorOf(by), ...entry }, now)
  })
  return { channel: { kind, host, changedAt: now }, secret: kind === 'WEBHOOK' ? secret : null }
}

/** What was still to be told there fails. Doing it twice is doing it once. */
export async function disconnectChannel(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  kind: ChannelKind,
  by: UserId,
): Promise<void> {
  await core.sql.transaction(async tx => {
    if ((await tx.query(DISCONNECT, [workspaceId, kind])).length === 0) return
    const entry = { action: 'alert-channel.disconnected', target: `alert-channel:${kind}`, data: {} }
    await audit(tx, workspaceId, { actor: actorOf(by), ...entry }, core.clock.now())
  })
}

export function listChannels(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<AlertChannel[]> {
  return core.sql.query<AlertChannel>(LIST, [workspaceId])
}

const settings = z.object({ url: z.string(), secret: z.string() })
/** With its secrets, to post there. Throws `NOT_FOUND`. */
export async function openChannel(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: WorkspaceId,
  kind: ChannelKind,
): Promise<z.output<typeof settings>> {
  const [row] = await core.sql.query<{ id: string; sealed: string }>(OPEN, [workspaceId, kind])
  if (!row) throw new TraeError('NOT_FOUND', `The channel ${kind} is not connected any more.`)
  return settings.parse(JSON.parse(await core.vault.open(row.sealed, placeOf(workspaceId, row.id))))
}

const placeOf = (workspaceId: string, id: string) => `${workspaceId}|alert_channels|${id}|settings`

const FIND_ID = statement('find-alert-channel', 'select id from alert_channels where workspace_id = $1 and kind = $2')
const CONNECT = statement(
  'connect-alert-channel',
  `insert into alert_channels (id, workspace_id, kind, host, settings_sealed, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (workspace_id, kind) do update set host = excluded.host, settings_sealed = excluded.settings_sealed,
     changed_by = excluded.changed_by, changed_at = excluded.changed_at where alert_channels.id = excluded.id
   returning id`,
)
const DISCONNECT = statement(
  'disconnect-alert-channel',
  'delete from alert_channels where workspace_id = $1 and kind = $2 returning id',
)
const LIST = statement(
  'list-alert-channels',
  `select kind, host, changed_at as "changedAt" from alert_channels where workspace_id = $1 order by kind`,
)
const OPEN = statement(
  'open-alert-channel',
  'select id, settings_sealed as sealed from alert_channels where workspace_id = $1 and kind = $2',
)
