import type { Core } from '../../context.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import type { ChannelKind } from './alert-channels.ts'
import { languageOf } from './alert-texts.ts'
import { pageOf } from './deliver-alerts.ts'
import type { Delivery } from './delivery.ts'
import { postToChannel } from './post-to-channel.ts'

/** Sends a message that says it is a test, and takes it back where that can be. Throws what `postToChannel` throws. */
export async function testChannel(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'egress' | 'config'>,
  workspaceId: WorkspaceId,
  channel: ChannelKind,
  locale: string,
): Promise<void> {
  const now = core.clock.now()
  const said =
    languageOf(locale) === 'pt-BR'
      ? { title: 'Teste do TRAE OS', body: 'Este canal recebe os alertas do TRAE OS.', url: pageOf(core) }
      : { title: 'Test of TRAE OS', body: 'This channel is told of the alerts of TRAE OS.', url: pageOf(core) }
  const delivery = {
    alertId: newId(now.getTime()),
    workspaceId,
    channel,
    attempts: 1,
    email: null,
    locale,
    rule: 'brain-health',
    subject: '',
    name: null,
    detail: null,
    severity: 'INFO',
    value: 100,
    threshold: 80,
    startedAt: now,
    resolvedAt: null,
  } as const satisfies Partial<Delivery>
  await postToChannel(core, { ...delivery, id: newId(now.getTime()), kind: 'FIRED' }, said)
  if (channel === 'PAGERDUTY')
    await postToChannel(core, { ...delivery, id: newId(now.getTime()), kind: 'RESOLVED', resolvedAt: now }, said)
}
