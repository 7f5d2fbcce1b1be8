/**
 * Tests of plugins, imported as `trae-os/sdk/testing`. An action runs where it will run later: in the real sandbox, with the real
 * checks of permissions, input and output. Only the far side of the network is played, by a function of the test:
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { test } from 'node:test'
 * import { testAction } from 'trae-os/sdk/testing'
 *
 * test('creates a contact', async () => {
 *   const { output, requests } = await testAction(new URL('..', import.meta.url), 'upsert-contact', {
 *     input: { email: 'ana@example.com' },
 *     credentials: { vendor: { apiKey: 'key-of-test' } },
 *     api: request => ({ status: 201, json: { id: '7' } }),
 *   })
 *   assert.deepEqual(output, { id: '7' })
 *   assert.equal(requests[0].headers.authorization, 'Bearer key-of-test')
 * })
 * ```
 */
import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'
import { openTestBed, type TestBed } from './test-bed.ts'
import type { ActionResult, ActionTest } from './action-test.ts'
import type { TriggerResult, TriggerTest } from './trigger-test.ts'

export type { ActionResult, ActionTest, AskedModel, FarSideAnswer, PlayedApi } from './action-test.ts'
export type { ApiDescription } from './open-api.ts'
export type { PlayedPost, ToSign, TriggerResult, TriggerTest } from './trigger-test.ts'
export type { FarSideRequest } from '../credentials/egress.ts'
export type { HeardEvent } from '../plugins/call-trigger.ts'

const beds = new Map<string, Promise<TestBed>>()

/**
 * Runs an action of the plugin in a folder once, in a workspace of its own. Rejects with what the action throws, as a run would
 * see it: `code`, `message`, `retryable`; and with `MANIFEST` where the plugin cannot be built or installed.
 */
export async function testAction(folder: string | URL, action: string, test: ActionTest): Promise<ActionResult> {
  return (await bedOf(folder)).run(action, test)
}

/**
 * Asks a trigger of the plugin in a folder once, in a workspace of its own: a webhook with a post whose signature the host proves over its raw
 * bytes, a poll with a cursor, a trigger of the host with an event. Rejects with what the trigger throws, with `VALIDATION` where what it
 * tells of does not fit its `output`, and with `UNAUTHENTICATED` for a post that does not prove its sender.
 */
export async function testTrigger(folder: string | URL, trigger: string, test: TriggerTest): Promise<TriggerResult> {
  return (await bedOf(folder)).tell(trigger, test)
}

function bedOf(folder: string | URL): Promise<TestBed> {
  const path = resolve(typeof folder === 'string' ? folder : fileURLToPath(folder))
  let bed = beds.get(path)
  if (!bed) {
    beds.set(path, (bed = openTestBed(path)))
    bed.catch(() => beds.delete(path))
  }
  return bed
}

/** Ends what tests have left open. `trae plugin test` does without it; another runner of tests calls it when all are over. */
export async function closeTests(): Promise<void> {
  const open = [...beds.values()]
  beds.clear()
  await Promise.all(open.map(async bed => (await bed.catch(() => undefined))?.close()))
}
