import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { totpCode, totpStep } from '../../core/access/totp.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
const guests: Visit[] = []
beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  const problems = [visitor, ...guests].flatMap(visit => visit?.problems ?? [])
  await browser?.close()
  await host?.stop()
  expect(problems).toEqual([])
})

const keyOf = (text: string) => {
  const bits = [...text].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)!.map(byte => Number.parseInt(byte, 2)))
}

it('people are invited, keys are made and revoked, and a second factor is set up', { timeout: 240_000 }, async () => {
  const { page } = visitor
  await signIn(page, host, '/admin/settings/people')
  const invite = page.getByRole('region', { name: 'Convidar' })
  await invite.getByPlaceholder('pessoa@').fill('bia@example.com')
  await invite.getByLabel('Papel').selectOption('ADMIN')
  await invite.getByRole('button', { name: 'Convidar' }).click()
  const link = await invite.getByTestId('once').innerText()
  expect(link.startsWith(`${host.url}/admin/invitation#`)).toBe(true)
  await look(page, 'settings-people')

  const guest = await visit(browser, host.url, { locale: 'en-GB' })
  guests.push(guest)
  await guest.page.goto(link)
  await guest.page.getByText('bia@example.com was invited to TRAE OS').waitFor()
  await look(guest.page, 'settings-invitation')
  await guest.page.getByLabel('Name').fill('Bia')
  await guest.page.locator('input[name=password]').fill('another long password')
  await guest.page.getByRole('button', { name: 'Join the workspace' }).click()
  await guest.page.locator('#main h1').waitFor()

  await page.reload()
  const members = page.getByRole('region', { name: 'Pessoas', exact: true })
  await members.getByLabel('Papel de Bia').selectOption('EDITOR')
  await expect.poll(() => members.getByLabel('Papel de Bia').inputValue()).toBe('EDITOR')

  await page.getByRole('link', { name: 'Chaves de API' }).click()
  await look(page, 'settings-keys-empty')
  await page.getByRole('button', { name: 'Criar chave de API' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Para que serve').fill('Site')
  await look(page, 'settings-keys-create')
  await dialog.getByRole('button', { name: 'Criar' }).click()
  const key = await page.getByTestId('once').innerText()
  const ask = () => fetch(`${host.url}/brain/status`, { headers: { 'x-api-key': key } })
  expect((await ask()).status).toBe(200)
  await look(page, 'settings-keys')
  await page.getByRole('button', { name: 'Revogar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revogar' }).click()
  await page.getByText('Revogada').waitFor()
  expect((await ask()).status).toBe(401)

  await page.getByRole('link', { name: 'Auditoria' }).click()
  await page.getByText('api-key.revoked').waitFor()
  await page.getByRole('button', { name: 'Verificar integridade' }).click()
  await page.getByText('O registro está como foi escrito.').waitFor()
  const revoked = page.getByRole('listitem').filter({ hasText: 'api-key.revoked' })
  await revoked.getByText('Detalhes').click()
  const [entry] = await host.host.core.sql.query<{ request: string }>({
    name: '',
    text: `select request_id as request from audit_log where action = 'api-key.revoked'`,
  })
  await revoked.getByText(entry!.request).waitFor()
  // It is the last of the tabs: on a phone it is scrolled to
  await page.setViewportSize({ width: 390, height: 844 })
  await page.reload()
  await expect
    .poll(() => page.getByRole('link', { name: 'Auditoria' }).evaluate(tab => tab.getBoundingClientRect().right))
    .toBeLessThanOrEqual(390)
  await page.getByText('api-key.revoked').waitFor()
  const widthOf = (selector: string) =>
    page
      .locator(selector)
      .last()
      .evaluate(part => part.clientWidth)
  const [entries, tabs] = [await widthOf('#main section'), await widthOf('#main nav')]
  expect(entries, 'the entries are no wider than the page').toBeLessThanOrEqual(tabs)
  await look(page, 'settings-audit')

  await page.getByRole('link', { name: 'Minha conta' }).click()
  const factor = page.getByRole('region', { name: 'Segundo fator' })
  await factor.locator('input[name=password]').fill(host.password)
  await factor.getByRole('button', { name: 'Configurar' }).click()
  const secret = keyOf(await factor.getByTestId('manual-key').innerText())
  await look(page, 'settings-factor')
  await factor.locator('input[name=code]').fill(totpCode(secret, totpStep(new Date())))
  await factor.getByRole('button', { name: 'Confirmar' }).click()
  const codes = (await factor.getByTestId('recovery-codes').innerText()).split('\n')
  await factor.getByRole('button', { name: /copiei/i }).click()
  await factor.getByText('Ativo:').waitFor()
  await look(page, 'settings-account')

  const again = await visit(browser, host.url)
  guests.push(again)
  await again.page.goto('/admin/')
  await again.page.getByLabel(/^E-mail/).fill(host.email)
  await again.page.locator('input[name=password]').fill(host.password)
  await again.page.locator('button[type=submit]').click()
  await again.page.locator('input[name=code]').fill(codes[0]!)
  await look(again.page, 'settings-sign-in-code')
  await again.page.locator('button[type=submit]').click()
  await again.page.locator('#main h1').waitFor()
})
