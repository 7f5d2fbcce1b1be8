import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
let far: FarSide
let folder: string
let path: string
beforeAll(async () => {
  far = await openFarSide(['api.example.com', 'auth.example.com'], (request, response) => {
    if (request.url === '/token')
      response.end(
        JSON.stringify({ access_token: 'a-token-of-the-vendor', expires_in: 3600, refresh_token: 'r-token-1' }),
      )
    else {
      const let_in = ['Bearer a-token-of-the-vendor', undefined].includes(request.headers.authorization)
      response.writeHead(let_in && request.headers['x-api-key'] !== 'Key of-nobody' ? 200 : 401).end('{}')
    }
  })
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  // The vendor is on this machine: what TRAE_PRIVATE_HOSTS says, and how its name is resolved
  Object.assign(host.host.core, { egress: far.settings })
  folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
  await packVendor(join(folder, 'vendor'), far.port)
  const { core, workspaceId } = host.host
  const from = { kind: 'folder', path: join(folder, 'vendor') } as const
  const { id } = await installPlugin(core, { workspaceId, from, grant: 'all-declared' })
  path = `/admin/plugins/${encodeNodeId('PluginInstallation', id)}`
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  const problems = (visitor?.problems ?? []).filter(
    problem => !problem.startsWith('request to https://auth.example.com/'),
  )
  await browser?.close()
  await host?.stop()
  await far?.close()
  await rm(folder, { recursive: true, force: true })
  expect(problems).toEqual([])
})

it('an account with a key is connected, tested, broken and disconnected', { timeout: 180_000 }, async () => {
  const { page } = visitor
  await signIn(page, host, path)
  const account = page.getByRole('region', { name: 'Key', exact: true })
  await account.getByText('Não conectada').waitFor()
  await look(page, 'accounts')

  const connect = async (key: string) => {
    await account.getByRole('button', { name: /^Conectar/ }).click()
    const dialog = page.getByRole('dialog', { name: /^Conectar Key/ })
    await dialog.getByLabel('Region').fill('sa-east')
    await dialog.locator('input[name=apiKey]').fill(key)
    await look(page, 'accounts-connect')
    await dialog.getByRole('button', { name: 'Salvar' }).click()
    await account.getByText('Conectada', { exact: true }).waitFor()
  }
  await connect('of-the-company')
  await account.getByText('sa-east').waitFor()
  await account.getByRole('button', { name: 'Testar' }).click()
  await account.getByText('O fornecedor aceita esta conta.').waitFor()

  await account.getByRole('button', { name: 'Escolher: Region' }).click()
  const choosing = page.getByRole('dialog')
  await choosing.getByLabel('Buscar').fill('dub')
  await choosing.getByRole('radio', { name: /São Paulo/ }).waitFor({ state: 'detached' })
  await choosing.getByRole('radio', { name: /Dublin/ }).check()
  await look(page, 'accounts-choose')
  await choosing.getByRole('button', { name: 'Salvar' }).click()
  await account.getByText('eu-west').waitFor()
  await account.getByText('Conectada', { exact: true }).waitFor()

  await account.getByRole('button', { name: 'Adicionar outra conta' }).click()
  const adding = page.getByRole('dialog', { name: 'Conectar Key' })
  const fill = async (name: string) => {
    await adding.getByLabel('Nome da conta').fill(name)
    await adding.getByLabel('Region').fill('sa-east')
    await adding.locator('input[name=apiKey]').fill('of-the-branch')
    await adding.getByRole('button', { name: 'Salvar' }).click()
  }
  await fill('main')
  await adding.getByText('Já existe uma conta main').waitFor()
  await look(page, 'accounts-add')
  await fill('vendas-brasil')
  const branch = page.getByRole('region', { name: 'Key: vendas-brasil' })
  await branch.getByText('Conectada', { exact: true }).waitFor()
  await page.getByText('sem isso vale main').waitFor()
  await look(page, 'accounts-several')
  await page.locator('button[lang=en]:visible').click()
  await page.getByText('without it main is used').waitFor()
  await look(page, 'accounts-several-en')
  await page.locator('button[lang=pt-BR]:visible').click()
  await page.reload()
  const heard = page.getByRole('region', { name: 'A contact changed: vendas-brasil' })
  await heard.getByText('account: vendas-brasil').waitFor()
  await look(page, 'accounts-triggers')
  await branch.getByRole('button', { name: 'Tornar padrão' }).click()
  await branch.getByText('Padrão', { exact: true }).waitFor()
  await branch.getByRole('button', { name: 'Desconectar' }).click()
  const asking = page.getByRole('dialog')
  await asking.getByRole('button', { name: 'Desconectar' }).click()
  await asking.getByRole('alert').getByText('Make main the default first').waitFor()
  await look(page, 'accounts-refused')
  await asking.getByRole('button', { name: 'Voltar' }).click()
  const main = page.getByRole('region', { name: 'Key: main' })
  await main.getByRole('button', { name: 'Tornar padrão' }).click()
  await main.getByText('Padrão', { exact: true }).waitFor()
  await branch.getByRole('button', { name: 'Renomear' }).click()
  const renaming = page.getByRole('dialog', { name: 'Renomear vendas-brasil' })
  await renaming.getByLabel('Nome da conta').fill('filial')
  await look(page, 'accounts-rename')
  await renaming.getByRole('button', { name: 'Renomear' }).click()
  const renamed = page.getByRole('region', { name: 'Key: filial' })
  await renamed.getByRole('button', { name: 'Desconectar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Desconectar' }).click()
  await renamed.waitFor({ state: 'detached' })

  await connect('of-nobody')
  await account.getByRole('button', { name: 'Testar' }).click()
  await account.getByText('Com problema').waitFor()
  await account.getByRole('alert').getByText('answered 401').waitFor()
  await look(page, 'accounts-broken')

  await account.getByRole('button', { name: 'Desconectar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Desconectar' }).click()
  await account.getByText('Não conectada').waitFor()
})

it('shows the address and the event of each trigger, and a signing key once', { timeout: 180_000 }, async () => {
  const { page } = visitor
  await page.goto(path)
  const replied = page.getByRole('region', { name: 'Somebody replied' })
  await replied.getByText('- event: vendor.replied').waitFor()
  await replied.getByText(new RegExp(`^${host.url}/hooks/t/[\\w-]{32}$`)).waitFor()
  await replied.getByRole('button', { name: 'Criar nova chave' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Criar nova chave' }).click()
  const shown = replied.getByRole('status')
  await shown.getByText('Mostrada só desta vez').waitFor()
  expect(await shown.locator('code').textContent()).toMatch(/^[\w-]{43}$/)
  const poll = page.getByRole('region', { name: 'A contact changed' })
  await poll.getByText('Pergunta a cada').waitFor()
  expect(await page.getByRole('region', { name: 'Somebody ordered' }).getByText('Chave de assinatura').count()).toBe(0)
  await look(page, 'plugin-triggers')
})

it('an account with a sign-in goes to the vendor and comes back', { timeout: 180_000 }, async () => {
  const { page } = visitor
  await page.route('https://auth.example.com/authorize**', route => {
    const asked = new URL(route.request().url()).searchParams
    const back = `${asked.get('redirect_uri')}?code=code-1&state=${asked.get('state')}`
    return route.fulfill({ status: 302, headers: { location: back } })
  })
  const account = page.getByRole('region', { name: 'Signed in' })
  await account.getByRole('button', { name: 'Conectar' }).click()
  const dialog = page.getByRole('dialog', { name: 'Conectar Signed in' })
  await dialog.getByText(`${host.url}/admin/credentials/return`).waitFor()
  await dialog.getByLabel('Client ID').fill('client-1')
  await dialog.locator('input[name=clientSecret]').fill('client-secret')
  await dialog.getByRole('button', { name: 'Salvar e entrar' }).click()
  await page.waitForURL(url => url.pathname.startsWith('/admin/plugins/'))
  await account.getByText('Conectada', { exact: true }).waitFor()
  await account.getByText('Token até').waitFor()
  await look(page, 'accounts-signed-in')

  await page.goto('/admin/credentials/return?state=unknown&code=1')
  await page.getByRole('heading', { name: 'A entrada não deu certo' }).waitFor()
  await page.getByRole('alert').getByText('Begin it again').waitFor()
  await look(page, 'accounts-return-failed')
})
