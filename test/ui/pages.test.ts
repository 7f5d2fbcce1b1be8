import { expect, it } from 'vitest'
import { signIn, visit } from './browser.ts'
import { useDesk } from './desk.ts'
import { look } from './look.ts'

const desk = useDesk()

it(
  'a page is written with a live preview, published, sent by a stranger, and the lead is there; a version comes back',
  { timeout: 180_000 },
  async () => {
    const { page } = desk.visitor
    await signIn(page, desk.host, '/admin/pages')
    await page.getByText('Nenhuma página ainda').waitFor()
    await look(page, 'pages-empty')
    await page.getByRole('button', { name: 'Nova página' }).first().click()
    await page.getByRole('dialog').getByLabel('Endereço').fill('Orcamento solar')
    await look(page, 'pages-new')
    await page.getByRole('dialog').getByRole('button', { name: 'Criar rascunho' }).click()
    await page.getByRole('heading', { name: 'Vamos conversar sobre o que você precisa', level: 1 }).waitFor()

    const preview = page.frameLocator('iframe[title="Como o visitante vê"]')
    await page.getByLabel('Nome no topo').fill('Acme Solar')
    await page.getByLabel('Título', { exact: true }).fill('Sua conta de luz pela metade')
    await preview.getByRole('heading', { name: 'Sua conta de luz pela metade' }).waitFor()
    await page.getByRole('button', { name: '+ Outra pergunta' }).click()
    const question = page.getByRole('region', { name: 'Outra pergunta' })
    await question.getByLabel('Tipo').selectOption('CHOICE')
    await question.getByLabel('Opções').fill('Laje')
    await page.getByRole('button', { name: 'Salvar rascunho' }).click()
    await page.getByText('Dê pelo menos duas opções').waitFor()
    await look(page, 'pages-refused')
    await question.getByLabel('Opções').fill('Laje\nTelha')
    await question.getByRole('textbox', { name: 'Pergunta' }).fill('Tipo de telhado')
    await preview.getByLabel('Tipo de telhado').waitFor()
    await page.getByRole('button', { name: 'Publicar' }).click()
    await page.getByText('Versão 1 no ar').waitFor()
    await look(page, 'pages-editor')
    await page.getByRole('button', { name: 'Tela larga' }).click()
    await look(page, 'pages-editor-wide')

    const stranger = await visit(desk.browser, desk.host.url)
    await stranger.page.goto('/p/orcamento-solar?utm_source=google')
    await look(stranger.page, 'pages-public')
    await stranger.page.getByRole('button', { name: 'Enviar' }).click()
    await stranger.page.getByText('Preencha este campo.').first().waitFor()
    await look(stranger.page, 'pages-public-wrong')
    await stranger.page.getByLabel('Nome').fill('Beatriz Nogueira')
    await stranger.page.getByLabel('E-mail de trabalho').fill('bia@example.com')
    await stranger.page.getByLabel('Tipo de telhado').selectOption('Telha')
    await stranger.page.getByLabel('Autorizo').check()
    await stranger.page.getByRole('button', { name: 'Enviar' }).click()
    await stranger.page.getByRole('heading', { name: 'Recebemos, obrigado' }).waitFor()
    await look(stranger.page, 'pages-public-thanks')
    expect(stranger.problems).toEqual([])
    await stranger.close()

    const figures = page.getByRole('region', { name: 'Como ela vai' })
    await figures
      .locator('div', { has: page.getByText('Envios', { exact: true }) })
      .getByText('1')
      .first()
      .waitFor()
    await page.getByLabel('Título', { exact: true }).fill('Outra coisa')
    await page.getByRole('button', { name: 'Publicar' }).click()
    await page.getByText('Versão 2 no ar').waitFor()
    await page.getByRole('region', { name: 'Versões' }).getByRole('button', { name: 'Trazer de volta' }).nth(1).click()
    await page.getByRole('heading', { name: 'Sua conta de luz pela metade', level: 1 }).waitFor()
    await page.getByText('O rascunho diz outra coisa').waitFor()

    await page.goto(`${desk.host.url}/admin/leads`)
    await page.getByRole('link', { name: /Beatriz Nogueira/ }).click()
    await page.getByText('Telha', { exact: true }).first().waitFor()
    await page.goto(`${desk.host.url}/admin/pages`)
    await page.getByRole('link', { name: /Sua conta de luz/ }).waitFor()
    await look(page, 'pages-list')
  },
)
