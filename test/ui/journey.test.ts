import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../support/host.ts'
import { look } from './look.ts'
import { openLine } from './line.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'

let host: TestHost
let browser: Browser
let visits: Visit[] = []

beforeAll(async () => {
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await host?.stop()
})
afterEach(async () => {
  const problems = visits.flatMap(visit => visit.problems)
  await Promise.all(visits.map(visit => visit.close()))
  visits = []
  expect(problems).toEqual([])
})

async function come(options: Parameters<typeof visit>[2] = {}): Promise<Page> {
  const visitor = await visit(browser, host.url, options)
  visits.push(visitor)
  return visitor.page
}

async function fillForm(page: Page, person: { name: string; email: string }): Promise<void> {
  await page.getByLabel('Nome').fill(person.name)
  await page.getByLabel('E-mail de trabalho').fill(person.email)
  await page.getByLabel('Telefone').fill('11 98765-4321')
  await page.getByLabel('Empresa', { exact: false }).first().fill('Aurora Logística')
  await page.getByLabel('Cargo').fill('Diretora Comercial')
  await page.getByLabel('Pessoas na empresa').selectOption('51-200')
  await page.getByLabel('O que você procura?').fill('Quero um orçamento e uma demonstração ainda este mês.')
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Enviar' }).click()
  await page.getByRole('heading', { name: 'Recebemos, obrigado' }).waitFor()
}

async function answerAs(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Caixa de e-mail', exact: true }).click()
  await page.getByRole('navigation', { name: 'Conversas' }).getByText(name).click()
  await page.getByLabel(`Responder como ${name}`).fill('Sim, podemos conversar na quinta de manhã.')
  await page.getByRole('button', { name: 'Enviar resposta' }).click()
  await page.getByText('Resposta entregue.').waitFor()
}

describe('the first evening', () => {
  it('leads from the form to the meeting, and every page tells it as it happens', { timeout: 90_000 }, async () => {
    const page = await come()
    await signIn(page, host)
    const steps = page.getByRole('region', { name: 'Primeiros passos' })
    await steps.getByText('0 de 6').waitFor()

    const [form] = await Promise.all([
      page.context().waitForEvent('page'),
      steps.getByRole('link', { name: 'Abrir a página' }).click(),
    ])
    await fillForm(form, { name: 'Ana Souza', email: 'ana@auroralog.com.br' })
    await form.close()

    await steps.getByText('2 de 6').waitFor() // ticked by what happened, not by a click
    await steps.getByRole('link', { name: 'Ver de novo' }).click()
    await page.getByRole('heading', { name: 'Qualificar lead' }).waitFor()
    await page
      .getByText(/Espera por message\.received/)
      .first()
      .waitFor()
    const run = page.url()

    await answerAs(page, 'Ana Souza')
    await page
      .getByText(/^Reunião confirmada/)
      .last()
      .waitFor() // the answer to the answer comes without a reload

    await page.goto(run)
    await page.getByText('Concluída').first().waitFor()
    await page.getByText('Execução concluída').waitFor()
    await page.getByRole('link', { name: 'Reuniões' }).click()
    await page.getByText('O que se sabe').waitFor()
    await page.getByRole('link', { name: 'Ana Souza · Aurora Logística' }).click()
    await page.getByRole('heading', { name: 'Pontuação' }).waitFor()
    await page.getByText('De onde vêm os pontos').waitFor()
    await page.getByText('Pelo formulário “demo”').waitFor()

    await page.getByRole('link', { name: 'Início' }).click()
    await steps.getByText('4 de 6').waitFor()
    await steps.getByRole('link', { name: 'Abrir os negócios' }).click()
    await page.getByLabel('Mover Aurora Logística para').selectOption('WON')
    await page.getByRole('dialog').getByRole('button', { name: 'Foi ganho' }).click()
    await page.getByRole('link', { name: 'Início' }).click()
    await steps.getByText('5 de 6').waitFor()
    await steps.getByRole('link', { name: 'Abrir os clientes' }).click()
    const customer = page.getByRole('region', { name: 'Aurora Logística' })
    await customer.getByText('Em onboarding').waitFor()
    await customer.getByRole('button', { name: 'Informar como está' }).click()
    const asked = page.getByRole('dialog')
    await asked.getByLabel('Situação').selectOption('ACTIVE')
    await asked.getByLabel('Pessoas que usaram').fill('9')
    await asked.getByLabel('Pessoas que poderiam').fill('10')
    await asked.getByLabel('Chamados abertos').fill('0')
    await asked.getByLabel('NPS').fill('10')
    await look(page, 'customer-change')
    await asked.getByRole('button', { name: 'Salvar' }).click()
    await customer.getByText('Ativo', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Calcular a saúde agora' }).click()
    await customer.getByText('Por que esta nota').waitFor()
    await look(page, 'customer-health')
    await page.getByRole('link', { name: 'Execuções' }).click()
    await page
      .getByRole('link', { name: /Sugerir upsell/ })
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'Início' }).click()
    await steps.getByText('6 de 6').waitFor()
    await look(page, 'first-steps-done')
    await steps.getByRole('button', { name: 'Ocultar primeiros passos' }).click()
    expect(await steps.count()).toBe(0)
  })

  it('shows a lead in an open list and a run on an open page without a reload', async () => {
    const page = await come()
    await signIn(page, host, '/admin/leads')
    const visitor = await come()
    await visitor.goto('/l/demo')
    await fillForm(visitor, { name: 'Bruno Carvalho', email: 'bruno@mercadoverde.com.br' })
    await page
      .getByRole('link', { name: /Bruno Carvalho/ })
      .getByText('Qualificado')
      .waitFor()
    await page.getByRole('button', { name: 'Em nutrição' }).click()
    await page.getByText('Nenhum lead com esses filtros').waitFor()
    await page.getByRole('button', { name: 'Todos' }).click()
    await page.getByRole('searchbox').fill('mercadoverde')
    await expect.poll(() => page.getByRole('list', { name: 'Leads' }).getByRole('listitem').count()).toBe(1)
    await page.waitForURL(/[?&]q=mercadoverde/) // filters live in the address, once the person has stopped typing
    await page.reload()
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('mercadoverde')
  })

  it(
    'catches up with a run after the network was away, each line of its journal once',
    { timeout: 180_000 },
    async () => {
      const visitor = await come()
      await visitor.goto('/l/demo')
      await fillForm(visitor, { name: 'Carla Nogueira', email: 'carla@estudionogueira.com.br' })
      const line = await openLine(host.url)
      const traveller = await visit(browser, line.url) // not among `visits`: a line that is cut prints errors
      const { page } = traveller
      await signIn(page, host, '/admin/runs')
      await page
        .getByRole('link', { name: /Carla Nogueira/ })
        .filter({ hasText: 'Qualificar lead' }) // the same moment began another run of theirs
        .first()
        .click()
      await page
        .getByText(/Espera por message\.received/)
        .first()
        .waitFor()
      line.cut()

      await signIn(visitor, host)
      await answerAs(visitor, 'Carla Nogueira')
      await visitor
        .getByText(/^Reunião confirmada/)
        .last()
        .waitFor()
      expect(await page.getByText('Execução concluída').count()).toBe(0)

      line.mend()
      await page.getByText('Execução concluída').waitFor({ timeout: 90_000 }) // it tries again after pauses that grow
      await page.getByText('Concluída', { exact: true }).first().waitFor()
      const lines = await page.getByRole('region', { name: 'Diário' }).getByRole('listitem').allInnerTexts()
      expect(lines.filter(line => line.includes('Execução começou'))).toHaveLength(1)
      expect(lines.filter(line => line.includes('Execução concluída'))).toHaveLength(1)
      await page.reload()
      const journal = page.getByRole('region', { name: 'Diário' }).getByRole('listitem')
      await expect.poll(() => journal.count()).toBe(lines.length)
      expect(await journal.allInnerTexts()).toEqual(lines)
      await traveller.close()
      await line.close()
    },
  )

  it('shows what could not be loaded as soon as the network is back', { timeout: 90_000 }, async () => {
    const line = await openLine(host.url)
    const traveller = await visit(browser, line.url)
    const { page } = traveller
    await signIn(page, host, '/admin/leads')
    await page
      .getByRole('link', { name: /Carla Nogueira/ })
      .first()
      .waitFor()
    line.cut()
    await page.getByRole('searchbox').fill('Nogueira')
    const failure = page.getByText('O servidor não respondeu')
    await failure.first().waitFor()
    line.mend()
    await failure.first().waitFor({ state: 'detached' })
    await page
      .getByRole('link', { name: /Carla Nogueira/ })
      .first()
      .waitFor()
    await traveller.close()
    await line.close()
  })
})

describe('a session', () => {
  it('refuses a wrong password in plain words and lets the right one in', async () => {
    const page = await come()
    await page.goto('/admin/runs')
    await page.getByRole('button', { name: 'Entrar' }).click()
    await page.getByText('Digite seu e-mail.').waitFor()
    await page.getByLabel('E-mail').fill(host.email)
    await page.locator('input[name=password]').fill('not the password')
    await page.getByRole('button', { name: 'Entrar' }).click()
    await page.getByRole('alert').getByText('não conferem').waitFor()
    await page.locator('input[name=password]').fill(host.password)
    await page.getByRole('button', { name: 'Entrar' }).click()
    await page.getByRole('heading', { name: 'Execuções' }).waitFor() // where they wanted to go
  })

  it('is renewed by its refresh cookie alone, and when that is gone asks to sign in again where one stood', async () => {
    const page = await come()
    await signIn(page, host, '/admin/playbooks')
    await page.context().clearCookies({ name: 'trae_session' })
    await page.getByRole('link', { name: 'Plugins' }).click()
    await page.getByText('sdr', { exact: true }).waitFor()
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Webhooks' }).click()
    await page.getByText('Sua sessão terminou').waitFor()
    await page.getByLabel('E-mail').fill(host.email)
    await page.locator('input[name=password]').fill(host.password)
    await page.getByRole('button', { name: 'Entrar' }).click()
    await page.getByRole('heading', { name: 'Webhooks' }).waitFor()
    await page.getByRole('button', { name: 'Sair' }).click()
    await page.getByRole('heading', { name: 'Entrar' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Entrar' }).waitFor()
  })

  it('keeps nothing of a token where scripts could read it', async () => {
    const page = await come()
    await signIn(page, host)
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')
    expect(kept).not.toMatch(/token|eyJ|session/i)
  })
})

describe('every page', () => {
  const PATHS = [
    '/',
    '/leads',
    '/runs',
    '/mailbox',
    '/meetings',
    '/playbooks',
    '/playbooks/qualify-lead',
    '/plugins',
    '/brain',
    '/webhooks',
    '/leads/nobody',
    '/nowhere',
  ]

  it.each([
    ['wide', { width: 1440, height: 900 }, 'light'],
    ['narrow', { width: 390, height: 844 }, 'dark'],
  ] as const)(
    'stands on a %s screen, in both languages, with one heading and nothing that sticks out',
    { timeout: 90_000 },
    async (_name, viewport, colorScheme) => {
      const page = await come({ viewport, colorScheme })
      await signIn(page, host)
      for (const path of PATHS) {
        await page.goto(`/admin${path}`)
        await page.locator('#main h1').waitFor()
        await expect.poll(() => page.locator('[role=status][aria-label]').count(), { timeout: 5000 }).toBe(0) // skeletons
        expect(await page.getByRole('alert').count(), `alerts on ${path}`).toBe(0)
        expect(
          await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          `${path} sticks out`,
        ).toBeLessThanOrEqual(0)
      }
      const portuguese = await page.title()
      if (viewport.width < 760) await page.getByRole('button', { name: 'Menu' }).click()
      await page.getByRole('button', { name: 'English' }).last().click()
      await expect.poll(() => page.title()).not.toBe(portuguese)
      expect(await page.evaluate('document.documentElement.lang')).toBe('en')
    },
  )

  it('can be reached and left by keyboard', async () => {
    const page = await come()
    await signIn(page, host)
    await page.goto('/admin/leads')
    await page.getByRole('heading', { name: 'Leads' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Pular para o conteúdo')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.type')).toBe('search')
  })

  it('shows a new webhook secret once, with an example that the host accepts as it stands', async () => {
    const page = await come()
    await signIn(page, host, '/admin/webhooks')
    await page.getByRole('button', { name: 'Gerar novo segredo' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Gerar novo segredo' }).click()
    await page.getByText(/^whsec_[\w+/=]{20,}$/).waitFor()
    const command = await page.getByRole('figure').locator('pre').innerText()
    const { execFile } = await import('node:child_process')
    const answer = await new Promise<string>((resolve, reject) =>
      execFile('bash', ['-c', `${command} -w ' %{http_code}'`], (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      ),
    )
    expect(answer).toMatch(/ 202$/)
    await page.getByRole('button', { name: 'Já copiei' }).click()
    expect(await page.getByText(/^whsec_\w/).count()).toBe(0)
  })
})
