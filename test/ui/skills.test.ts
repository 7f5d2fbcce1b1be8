import { expect, it } from 'vitest'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it('a person runs a skill of a module by hand, with a form that its schema makes', { timeout: 180_000 }, async () => {
  const { page } = desk.visitor
  await signIn(page, desk.host, '/admin/brain')
  await page.getByRole('link', { name: 'Oferta', exact: true }).click()
  const skills = page.getByRole('region', { name: 'Habilidades' })
  await skills.getByText('oferta/offer-ladder').waitFor()
  await look(page, 'module')

  await skills
    .getByRole('listitem')
    .filter({ hasText: 'oferta/offer-ladder' })
    .getByRole('button', { name: 'Rodar' })
    .click()
  const dialog = page.getByRole('dialog', { name: 'Montar a escada de ofertas' })
  await dialog.getByLabel('Ofertas').fill('[{"name": ')
  await dialog.getByRole('button', { name: 'Rodar' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'Nestes campos não há JSON: offers.' }).waitFor() // and nothing was sent
  await look(page, 'module-run')
  await dialog
    .getByLabel('Ofertas')
    .fill('[{"name": "A", "price": 100, "includes": ["x"]}, {"name": "B", "price": 110, "includes": ["x"]}]')
  await dialog.getByLabel('Moeda').selectOption('EUR')
  await dialog.getByRole('button', { name: 'Rodar' }).click()

  const result = page.getByRole('region', { name: 'Resultado: Montar a escada de ofertas' })
  await result.getByText('Custa mais que o degrau de baixo e não acrescenta nada.').waitFor({ timeout: 60_000 })
  await result.getByText('quem opera este servidor define OPENAI_API_KEY', { exact: false }).waitFor()
  await look(page, 'module-result')
  const tasks = await desk.host.host.core.sql.query({ name: '', text: `select action, data from tasks` })
  expect(tasks).toMatchObject([
    { action: 'oferta/offer-ladder', data: { currency: 'EUR', offers: [{ name: 'A' }, { name: 'B' }] } },
  ])

  await page.reload() // the address holds it
  await result.getByRole('link', { name: 'Ver a execução' }).waitFor()
  await skills.getByLabel('Buscar habilidade').waitFor({ state: 'detached' }) // four need no search
  await page.goto(`${desk.host.url}/admin/brain/modules/diagnostico`)
  await skills.getByLabel('Buscar habilidade').fill('icp')
  await skills.getByText('diagnostico/channel-audit').waitFor({ state: 'detached' })
  await skills.getByText('diagnostico/icp-analysis').waitFor()
})
