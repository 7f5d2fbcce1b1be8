import { expect, it } from 'vitest'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import type { UserId } from '../../core/ids.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

const PAGES = (
  'dashboard okrs leads mailbox outbox meetings calls deals proposals proposals/new customers charges pages campaigns audiences runs approvals ' +
  'decisions decisions/models playbooks playbook-templates playbooks/qualify-lead plugins plugins/sdr services brain alerts memory webhooks notices ' +
  'settings settings/people settings/keys settings/mailbox settings/privacy settings/audit'
).split(' ')

it('every page speaks English to who reads it, wide and narrow', { timeout: 400_000 }, async () => {
  const { core } = desk.host.host
  const [owner] = await core.sql.query<{ id: UserId }>({ name: '', text: 'select id from users' })
  const acme = { name: 'Acme', locale: 'en' as const, timeZone: 'UTC' }
  const { id } = await createWorkspace(core, { userId: owner!.id }, acme)
  await captureSampleLead(core, id, 'en')
  const english = await visit(desk.browser, desk.host.url, { locale: 'en-US' })
  const { page } = english
  await signIn(page, desk.host)
  await page.locator('aside').getByLabel('Workspace').selectOption({ label: 'Acme' })
  await page.getByText('What is happening in Acme').waitFor()
  await page
    .getByRole('link', { name: /Ana Sample/ })
    .first()
    .waitFor()
  const found: string[] = []
  for (const path of ['', ...PAGES]) {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`/admin/${path}`)
    await page.locator('#main h1').waitFor()
    await page.waitForLoadState('networkidle')
    await look(page, `en-${path.replaceAll('/', '-') || 'home'}`)
    const text = await page.locator('body').innerText()
    found.push(
      ...text
        .split('\n')
        .filter(line => /[ãõçáéíóúâêôà]/i.test(line))
        .map(line => `${path}: ${line}`),
    )
  }
  // A decision policy is called as its file says
  expect([...new Set(found)].filter(line => !line.startsWith('decisions/models: Pontuação do lead'))).toEqual([])
  expect(english.problems).toEqual([])
  await english.close()
})
