import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { appendEvent } from '../../core/events/append-event.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
let folder: string
let path: string
beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  const { core, workspaceId } = host.host
  folder = await mkdtemp(join(tmpdir(), 'trae-listener-'))
  await buildPlugin(join(import.meta.dirname, '../support/plugins/listener'), folder)
  const { id } = await installPlugin(core, {
    workspaceId,
    from: { kind: 'folder', path: folder },
    grant: 'all-declared',
  })
  path = `/admin/plugins/${encodeNodeId('PluginInstallation', id)}`
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await rm(folder, { recursive: true, force: true })
  expect(visitor?.problems ?? []).toEqual([])
})

it('the page of a plugin says which events it hears, what it failed at and why, and has it told again', async () => {
  const { page } = visitor
  const { core, workspaceId } = host.host
  const event = { type: 'test.hard', subjectId: null, data: { code: 'VALIDATION', failures: 1 }, source: 'test' }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
  core.queue.ring('events')
  await signIn(page, host, path)
  await page.getByText('Ouvir cada evento deal.won quando acontece').first().waitFor()
  const trigger = page.getByRole('region', { name: 'Fails as it is told', exact: true })
  await expect
    .poll(
      async () => {
        await page.reload()
        await trigger.getByText('test.hard', { exact: true }).waitFor()
        return trigger.getByText('1 evento').count()
      },
      { timeout: 60_000 },
    )
    .toBe(1)
  await trigger.getByRole('alert').getByText('VALIDATION: no, for the 1. time').waitFor()
  await look(page, 'plugin-events-failed')
  await trigger.getByRole('button', { name: 'Avisar de novo' }).click()
  await trigger.getByText('Último evento').waitFor({ timeout: 60_000 })
  await expect.poll(() => trigger.getByText('1 evento').count(), { timeout: 60_000 }).toBe(0)
  expect(await trigger.getByRole('alert').count()).toBe(0)
}, 180_000)
