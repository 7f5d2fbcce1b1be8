import { expect, it } from 'vitest'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import { SCORE } from '../decisions/policies.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a decision appears while one looks, says why, is decided, and teaches the model that is shown beside it',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    const { core, workspaceId } = desk.host.host
    await publishPolicy(core, workspaceId, SCORE)
    await signIn(page, desk.host, '/admin/decisions')
    await page.getByText('Nenhuma decisão ainda').waitFor()
    await look(page, 'decisions-empty')

    const ask = (inputs: Record<string, unknown>) =>
      requestDecision(core, workspaceId, { policy: 'worth-a-call', inputs })
    await ask({ source: 'website', visits: 3 })
    const card = page.getByRole('region', { name: 'Is this lead worth a call?' })
    await card.getByText(/Recomendado: Wait, com \d+ % de confiança/).waitFor()
    await look(page, 'decisions-pending')
    await card.getByLabel('Comentário').fill('cliente antigo')
    await card.getByRole('button', { name: 'Call' }).click()
    await card.getByText('cliente antigo').waitFor()
    await card.getByRole('button', { name: 'Deu certo', exact: true }).click()
    await card.getByText('Como foi?').waitFor({ state: 'detached' })
    await card.getByRole('button', { name: 'Corrigir o resultado' }).click()
    await card.getByText('Na verdade: “Não deu certo”?').waitFor()
    await look(page, 'decisions-correct')
    await card.getByRole('button', { name: 'Não deu certo', exact: true }).click()
    await card.locator('[data-outcome=FAILURE]').waitFor()

    for (let n = 0; n < 40; n++) {
      const { id } = await ask({ source: 'referral', visits: 1 + (n % 9) })
      await recordOutcome(core, workspaceId, {
        decisionId: id,
        outcome: n % 9 > 3 ? 'success' : 'failure',
        source: 'test',
      }).catch(() => {})
    }
    await page.getByRole('link', { name: 'O que foi aprendido' }).click()
    const model = page.getByRole('region', { name: 'Worth a call' })
    await model.getByText(/\d+ resultados, \d+ deram certo\./).waitFor()
    const weights = model.getByRole('list', { name: 'O que mais conta' })
    await weights
      .getByText(/^visits cerca de \d$/)
      .first()
      .waitFor()
    expect(await weights.innerText()).not.toContain('~')
    await model.getByText(/\d%/).first().waitFor()
    await look(page, 'decisions-models')
    await model.getByRole('button', { name: 'Esquecer' }).click()
    const sure = page.getByRole('dialog', { name: 'Esquecer o que “Worth a call” aprendeu?' })
    await look(page, 'decisions-forget')
    await sure.getByRole('button', { name: 'Esquecer' }).click()
    await model.getByText('Ainda sem resultados: valem as regras.').waitFor()
  },
)
