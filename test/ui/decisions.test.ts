import { expect, it } from 'vitest'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import { CHOICE, SCORE } from '../decisions/policies.ts'
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
    await card.getByText(/Recomendado: Wait, com \d+% de confiança/).waitFor()
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
    // The seven steps of one that had others to compare with, and the way to one of these
    const last = page.getByRole('region', { name: 'Is this lead worth a call?' }).first()
    await last.getByRole('button', { name: 'Por quê, passo a passo' }).click()
    const steps = last.getByRole('list', { name: 'Os sete passos' })
    await steps.getByText('Decisões parecidas').first().waitFor()
    expect(await steps.getByRole('heading').allInnerTexts()).toEqual([
      'Contexto',
      'Decisões parecidas',
      'O que foi aprendido',
      'Regras',
      'Modelo',
      'Combinação',
      'Recomendação',
    ])
    const told = await steps.innerText()
    expect(told).toMatch(/\d+ resultados, \d+ deram certo\./)
    expect(told).toContain('Referrals know us.')
    expect(told).toMatch(/De 50, as regras chegam a 80 de 100\./)
    expect(told).toMatch(/Dos \d resultados mais parecidos, \d deram certo\./)
    expect(told).toMatch(/(Call|Wait) com \d+% de confiança/)
    await look(page, 'decisions-why')
    await steps.locator('[data-outcome]').first().waitFor()
    await steps.getByRole('link').first().click()
    await page.waitForURL(/\/admin\/decisions\/[^/]+$/)
    await page.getByRole('list', { name: 'Os sete passos' }).waitFor()
    await look(page, 'decision')
    await page.goto(`${desk.host.url}/admin/decisions`)

    await publishPolicy(
      core,
      workspaceId,
      `${CHOICE.replace('threshold: 90', 'threshold: 0')}learn: { from: [phone] }\n`,
    )
    for (let n = 0; n < 12; n++) {
      const { id } = await requestDecision(core, workspaceId, { policy: 'channel', inputs: { phone: true } })
      await recordOutcome(core, workspaceId, { decisionId: id, outcome: n % 4 ? 'failure' : 'success', source: 'test' })
    }
    const choice = page.getByRole('region', { name: 'By which channel?' }).first()
    await choice.getByRole('button', { name: 'Por quê, passo a passo' }).click()
    await choice
      .getByText(/nos \d casos mais parecidos: \d deram certo; isso pesa \d+%\./)
      .first()
      .waitFor()
    await look(page, 'decisions-why-choice')
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
    const changed = page.getByRole('region', { name: 'O que decidiria hoje' }).first()
    await changed
      .getByText(/^(Call em vez de Wait|Wait em vez de Call|SMS em vez de E-mail|E-mail em vez de SMS)$/)
      .first()
      .waitFor()
    expect(await changed.getByRole('link').first().getAttribute('href')).toMatch(/\/decisions\/.+/)
    await model.getByRole('button', { name: 'Esquecer' }).click()
    const sure = page.getByRole('dialog', { name: 'Esquecer o que “Worth a call” aprendeu?' })
    await look(page, 'decisions-forget')
    await sure.getByRole('button', { name: 'Esquecer' }).click()
    await model.getByText('Ainda sem resultados: valem as regras.').waitFor()
  },
)
