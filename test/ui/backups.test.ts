import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startHost } from '../support/host.ts'
import { openBrowser, signIn, visit } from './browser.ts'
import { look } from './look.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
}, 120_000)
afterAll(() => browser?.close())

async function openPage(environment: Record<string, string>) {
  const host = await startHost(environment)
  onTestFinished(() => host.stop())
  const visitor = await visit(browser, host.url)
  onTestFinished(() => expect(visitor.problems).toEqual([]))
  await signIn(visitor.page, host, '/admin/settings/backups')
  return visitor.page
}

it('a host without backups says how it comes to have some', { timeout: 120_000 }, async () => {
  const page = await openPage({})
  await page.getByRole('heading', { name: 'Este servidor ainda não faz backups' }).waitFor()
  await look(page, 'settings-backups-none')
})

it('a backup is taken on demand, and one that fails says why until it is taken', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trae-asked-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const dir = join(folder, 'backups')
  const page = await openPage({ TRAE_BACKUP_DIR: dir, TRAE_BACKUP_KEY: 'ba'.repeat(32) })
  const card = page.getByRole('region', { name: 'Backups' })
  const reloadUntil = (text: string) =>
    expect
      .poll(
        async () => {
          await page.reload()
          await card.waitFor()
          return card.innerText()
        },
        { timeout: 100_000, interval: 1000 },
      )
      .toContain(text)
  await reloadUntil('Tudo lá')
  const first = await card.locator('code').innerText()

  await rm(dir, { recursive: true })
  await writeFile(dir, '') // where the directory is to be
  await card.getByRole('button', { name: 'Fazer um agora' }).click()
  await card.getByText('Sendo feito').waitFor()
  await card.getByText('Falhou').waitFor()
  await look(page, 'settings-backups-failed')
  expect(await card.getByRole('alert').innerText()).toContain(dir)
  expect(await card.locator('code').innerText()).toBe(first)

  await rm(dir)
  await card.getByRole('button', { name: 'Fazer um agora' }).click()
  await expect.poll(() => card.locator('code').innerText(), { timeout: 60_000 }).not.toBe(first)
  await card.getByText('Feito', { exact: true }).waitFor()
  await look(page, 'settings-backups')
})
