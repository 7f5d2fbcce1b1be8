import { expect, it } from 'vitest'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it('playbooks and plugins are found by name and by status', { timeout: 120_000 }, async () => {
  const { page } = desk.visitor
  await signIn(page, desk.host, '/admin/playbooks')
  const playbooks = page.getByRole('link', { name: /weekly-report|qualify-lead/ })
  await playbooks.nth(1).waitFor()
  await page.getByLabel('Buscar por nome ou id').fill('relatório')
  await playbooks.nth(1).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Relatório da semana' }).waitFor()
  await look(page, 'playbooks-found')
  await page.getByRole('button', { name: 'Arquivado' }).click()
  await page.getByText('Nenhum playbook encontrado').waitFor()
  expect(new URL(page.url()).searchParams.get('status')).toBe('ARCHIVED')

  await page.goto(`${desk.host.url}/admin/plugins?q=calend`)
  const plugins = page.getByRole('main').getByRole('listitem')
  await plugins.getByText('local-calendar').waitFor()
  expect(await plugins.count()).toBe(1)
  await look(page, 'plugins-found')
  await page.getByRole('button', { name: 'Desativado' }).click()
  await page.getByText('Nenhum plugin encontrado').waitFor()
})
