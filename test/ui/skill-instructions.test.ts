import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { FIXTURES } from '../plugins/world.ts'
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
  folder = await mkdtemp(join(tmpdir(), 'trae-instructed-'))
  const [source, built] = [join(folder, 'source'), join(folder, 'built')]
  await cp(join(FIXTURES, 'thinker'), source, { recursive: true })
  const text = `Be brief.\n\n${'Say where you know it from. '.repeat(60)}\n\n- <b>never</b> promise\n${'x'.repeat(300)}\n`
  await writeFile(join(source, 'SKILL.md'), `---\nname: thinker\ndescription: Thinks.\n---\n${text}`)
  await buildPlugin(source, built)
  const { core, workspaceId } = host.host
  const { id } = await installPlugin(core, {
    workspaceId,
    from: { kind: 'folder', path: built },
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

it('the page of a skill shows what its SKILL.md tells the model, as it is written', async () => {
  const { page } = visitor
  await signIn(page, host, path)
  const card = page.getByRole('region', { name: 'Instruções ao modelo' })
  await card.getByText('- <b>never</b> promise').waitFor()
  await card.scrollIntoViewIfNeeded()
  await look(page, 'skill-instructions')
}, 180_000)
