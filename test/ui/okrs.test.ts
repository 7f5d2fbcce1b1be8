import { it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { followObjectives } from '../../core/brain/follow-objectives.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'an objective is written, follows a figure by itself and a value by hand, and is closed',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    const capture = (n: number) =>
      captureLead(core, workspaceId, leadInput.parse({ name: `Ana ${n}`, email: `a${n}@example.com` }), {
        source: 'test',
      })
    await capture(1)
    await signIn(page, desk.host, '/admin/okrs')
    await page.getByRole('heading', { name: 'Nenhum objetivo ainda' }).waitFor()
    await look(page, 'okrs-empty')
    await page.getByRole('button', { name: 'Novo objetivo' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Objetivo').fill('Vender mais para a indústria')
    await dialog.getByLabel('Responsável').selectOption({ label: 'owner' })
    await dialog.getByLabel('Prazo').fill('2035-12-31')
    const result = (n: number) => dialog.getByRole('group', { name: `Resultado-chave ${n}` })
    await result(1).getByLabel('O que será alcançado').fill('4 leads')
    await result(1)
      .getByLabel(/^Valor/)
      .selectOption({ label: 'Leads' })
    await result(1).getByLabel('Meta').fill('4')
    await dialog.getByRole('button', { name: 'Mais um resultado-chave' }).click()
    await result(2).getByLabel('O que será alcançado').fill('Horas até a primeira resposta')
    await result(2).getByLabel('Começa em').fill('10,5')
    await result(2).getByLabel('Meta').fill('10,5')
    await dialog.getByRole('button', { name: 'Salvar objetivo' }).click()
    await dialog.getByText(/Horas até a primeira resposta: the target, .* is where it starts/).waitFor()
    await result(2).getByLabel('Meta').fill('2')
    await look(page, 'okrs-new')
    await dialog.getByRole('button', { name: 'Salvar objetivo' }).click()

    const card = page.getByRole('region', { name: 'Vender mais para a indústria' })
    await card.getByText('calculado: Leads').waitFor()
    await card.getByRole('link', { name: '1', exact: true }).waitFor()
    // By itself, when the leader looks
    await capture(2)
    await followObjectives(core)
    await card.getByRole('link', { name: '2', exact: true }).waitFor()

    await card.getByRole('button', { name: 'Informar: Horas até a primeira resposta' }).click()
    await dialog.getByLabel('Onde está agora').fill('6,25')
    await dialog.getByLabel(/^Confiança/).fill('70')
    await dialog.getByLabel('Comentário').fill('novo plantão')
    await look(page, 'okrs-enter')
    await dialog.getByRole('button', { name: 'Informar' }).click()
    await card
      .getByText(/confiança 70%/)
      .first()
      .waitFor()
    await card.getByText('50% do caminho').waitFor()
    await card.getByText('1 valor guardado').last().click()
    await card.getByText('– novo plantão').waitFor()
    await look(page, 'okrs')
    await page.getByRole('button', { name: 'English' }).first().click()
    await page.getByText('50% of the way').waitFor()
    await look(page, 'okrs-english')
    await page.getByRole('button', { name: 'Português' }).first().click()

    await card.getByRole('button', { name: 'Encerrar' }).click()
    await dialog.getByRole('button', { name: 'Encerrar' }).click()
    await page.getByRole('heading', { name: 'Nenhum objetivo ainda' }).waitFor()
    await page.getByRole('button', { name: 'Encerrados' }).click()
    await card.waitFor()
  },
)
