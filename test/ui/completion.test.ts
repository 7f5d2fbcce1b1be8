import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'

let host: TestHost
let browser: Browser
let visitor: Visit

beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  visitor = await visit(browser, host.url, { viewport: { width: 1280, height: 900 } })
})
afterAll(async () => {
  const problems = [...(visitor?.problems ?? [])]
  await browser?.close()
  await host?.stop()
  expect(problems).toEqual([])
})

const shots = process.env['TRAE_SCREENSHOTS']
async function shoot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` })
}

const begun = `id: boas-vindas
name: Boas-vindas
module: pre_vendas

triggers:
  - event: lead.captured

steps:
  - `

it('an empty step is offered what it can be, then whom it can call, each explained; what is chosen is written', async () => {
  const { page } = visitor
  const language = page.waitForResponse(response => response.request().postData()?.includes('playbookSchema') ?? false)
  await signIn(page, host, '/admin/playbooks')
  await page.getByRole('button', { name: 'Novo playbook' }).click()
  await page.getByRole('dialog').getByLabel('Nome').fill('Boas-vindas')
  await page.getByRole('button', { name: 'Criar rascunho' }).click()
  const editor = page.getByRole('textbox', { name: 'Fonte' })
  await Promise.all([editor.waitFor(), language.then(response => response.finished())])
  await editor.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(begun)
  await page.keyboard.type('us')
  const chosen = page.locator('.cm-tooltip-autocomplete [aria-selected=true]')
  await expect // the language may still be on its way into the page
    .poll(async () => {
      await page.keyboard.press('Control+Space')
      return chosen.filter({ hasText: /^uses$/ }).isVisible()
    })
    .toBe(true)
  await page.getByText('A service (email/send) or an action').hover({ trial: true }) // in sight, not cut off
  await shoot(page, 'completion-keys')

  await chosen.click() // Enter is not taken in the first moments, so that nobody chooses by mistake
  await page.keyboard.type('email')
  await chosen.filter({ hasText: /^email\/send$/ }).waitFor()
  await page.locator('.cm-completionInfo').waitFor()
  await shoot(page, 'completion-uses')
  await page.setViewportSize({ width: 390, height: 844 })
  await chosen.waitFor()
  await shoot(page, 'completion-narrow')
  await chosen.click()
  await page.locator('.cm-line', { hasText: /^ {2}- uses: email\/send$/ }).waitFor()
})

it('what only the vendor knows is asked with the account that the step names', async () => {
  const { core, workspaceId } = host.host
  const folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await packVendor(folder, 443)
  const { id } = await installPlugin(core, {
    workspaceId,
    from: { kind: 'folder', path: folder },
    grant: 'all-declared',
  })
  for (const [account, region] of [
    ['main', 'sa-east'],
    ['sales', 'eu-west'],
  ] as const)
    await connectCredential(
      core,
      { workspaceId, userId: newId<UserId>() },
      { installationId: id, template: 'key', account, fields: { region, apiKey: `key-of-${account}` } },
    )
  const { page } = visitor
  await page.setViewportSize({ width: 1280, height: 900 })
  const language = page.waitForResponse(response => response.request().postData()?.includes('playbookSchema') ?? false)
  await page.reload()
  const editor = page.getByRole('textbox', { name: 'Fonte' })
  await Promise.all([editor.waitFor(), language.then(response => response.finished())])
  const offered = page.locator('.cm-tooltip-autocomplete [aria-selected=true]')
  for (const [name, wanted] of [
    ['', 'list-of-sa-east'],
    ['    account: sales\n', 'list-of-eu-west'],
  ] as const) {
    await editor.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText(`${begun}uses: vendor/count-list\n${name}    with:\n      list: li`)
    await expect // the language may still be on its way into the page
      .poll(async () => {
        await page.keyboard.press('Control+Space')
        return offered.filter({ hasText: wanted }).isVisible()
      })
      .toBe(true)
    await shoot(page, `completion-${wanted}`)
    await page.keyboard.press('Escape')
  }
})
