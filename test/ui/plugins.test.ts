import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { planCall, readPlanned } from '../../core/plugins/planned-calls.ts'
import { trafficOf } from '../../core/plugins/traffic.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { type NpmFarSide, openNpmFarSide } from '../plugins/npm-far-side.ts'
import { spoil } from '../plugins/spoil.ts'
import { entriesOf, tarball } from '../plugins/tarballs.ts'
import { PROBE } from '../plugins/world.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
let npm: NpmFarSide
let folder: string
beforeAll(async () => {
  npm = await openNpmFarSide()
  ;[host, browser] = await Promise.all([startHost({ TRAE_PLUGIN_REGISTRY: npm.url }), openBrowser()])
  folder = await mkdtemp(join(tmpdir(), 'trae-plugins-'))
  await buildPlugin(PROBE, folder)
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await npm?.close()
  await rm(folder, { recursive: true, force: true })
  expect(visitor?.problems).toEqual([])
})

const release = async (version: string, edit: Parameters<typeof spoil>[1]['edit'] = () => {}) => {
  await spoil(folder, { edit: manifest => ((manifest.version = version), edit(manifest)) })
  npm.publish('trae-plugin-probe', version, tarball(await entriesOf(folder)))
}
it('a plugin is installed from npm after its permissions were shown', { timeout: 180_000 }, async () => {
  const { page } = visitor
  await signIn(page, host, '/admin/plugins')
  await page.getByRole('button', { name: 'Instalar plugin' }).click()
  const choose = page.getByRole('dialog', { name: 'Instalar plugin' })
  await choose.getByLabel('Pacote npm').fill('trae-plugin-probe')
  await choose.getByRole('button', { name: 'Ver o que ele pode fazer' }).click()
  await choose.getByRole('alert').getByText('There is no trae-plugin-probe').waitFor()
  await look(page, 'plugins-install-refused')

  await release('1.2.0')
  await choose.getByRole('button', { name: 'Ver o que ele pode fazer' }).click()
  const agree = page.getByRole('dialog', { name: 'Probe 1.2.0' })
  await agree.getByText('Ler os leads: nome, e-mail').waitFor()
  await agree.getByText('acme-bot').waitFor()
  await look(page, 'plugins-agree')
  expect(host.host.core.plugins.installation(host.host.workspaceId, 'probe')).toBeUndefined()
  await agree.getByRole('button', { name: 'Instalar com estas permissões' }).click()
  await page.getByRole('heading', { name: 'Probe', exact: true }).waitFor()
  await page.getByText('Instalado 1.2.0').waitFor() // in what was done
  await look(page, 'plugins-page')

  const { core, workspaceId } = host.host
  const at = new Date(Date.now() + 3 * 86_400_000)
  const lookAgain = { key: 'look again at A-42', action: 'greet', input: { name: 'Ana' }, at }
  const probe = core.plugins.installation(workspaceId, 'probe')!
  await planCall(core, probe, lookAgain, { account: undefined, origin: 'test', limit: 1 })
  await page.reload()
  const planned = page.getByRole('region', { name: 'Chamadas planejadas' })
  await planned.getByText('look again at A-42').waitFor()
  await planned
    .getByText(at.toLocaleString('pt-BR', { timeZone: 'America/Sao_Paulo', hour: '2-digit', minute: '2-digit' }))
    .waitFor()
  await look(page, 'plugins-planned')
  await planned.getByRole('button', { name: 'Cancelar chamada' }).click()
  const takeBack = page.getByRole('dialog', { name: 'Cancelar “look again at A-42”?' })
  await takeBack.getByText('greet não será chamada').waitFor()
  await look(page, 'plugins-take-back')
  await takeBack.getByRole('button', { name: 'Cancelar chamada' }).click()
  await page.getByText('Chamada planejada cancelada').waitFor()
  expect(await planned.count()).toBe(0)
  expect(await readPlanned(core, probe, lookAgain.key)).toBeUndefined()
})

it('the page of a plugin shows whom it has talked to, with how much, and what is nearly too much', async () => {
  const { page } = visitor
  const { core, workspaceId } = host.host
  const talks = page.getByRole('region', { name: 'Com quem fala' })
  await talks.getByText('Com ninguém nos últimos 30 dias.').waitFor()
  const probe = core.plugins.installation(workspaceId, 'probe')!
  const { pluginTrafficBytes: most } = core.config
  const exchange = { installation: probe, host: 'api.example.com', requests: 1234, sent: 56_000 }
  core.traffic.count({ ...exchange, received: most * 0.9 })
  core.traffic.count({ ...exchange, host: '*.example.org', received: most })
  await expect.poll(async () => (await trafficOf(core, workspaceId, [probe])).get(probe.id)).toHaveLength(2)
  await page.reload()
  await talks.getByText('1.234 requisições · 56 kB enviados · 900 MB recebidos').waitFor()
  await talks.getByText('900 MB hoje, de 1 GB que ele pode trocar por dia.').waitFor()
  await talks.getByText('são recusadas até 00:00 UTC').waitFor()
  await look(page, 'plugins-traffic')
})

it(
  'an update that asks for more shows the difference, and one that does not is done',
  { timeout: 180_000 },
  async () => {
    const { page } = visitor
    const update = page.getByRole('button', { name: 'Procurar atualização' })
    await update.click()
    await page.getByText('Esta é a versão mais recente.').waitFor()
    await release('1.3.0')
    await update.click()
    await page.getByText('Atualizado para 1.3.0; não pede nada a mais.').waitFor()
    await release('2.0.0', manifest => {
      manifest.permissions.records.push({ name: 'team:read', reason: 'To know who is there' })
      manifest.permissions.events = []
    })
    await update.click()
    const agree = page.getByRole('dialog', { name: 'Probe 2.0.0' })
    await agree.getByText(/Ver nome e e-mail de quem recebe o próximo lead\.\s*novo/).waitFor()
    await agree.getByText('Não mais:').waitFor()
    await look(page, 'plugins-update')
    await agree.getByRole('button', { name: 'Atualizar com estas permissões' }).click()
    await page.getByText('Atualizado 2.0.0').waitFor()
  },
)

it('it is disabled and enabled, here and elsewhere, and the page follows', { timeout: 180_000 }, async () => {
  const { page } = visitor
  await page.getByRole('button', { name: 'Desativar' }).click()
  const dialog = page.getByRole('dialog', { name: 'Desativar Probe?' })
  await dialog.getByLabel('Motivo').fill('Responde bobagem.')
  await look(page, 'plugins-disable')
  await dialog.getByRole('button', { name: 'Desativar' }).click()
  await page.locator('#main').getByText('Os passos que precisam dele esperam até que seja ativado.').waitFor()
  await look(page, 'plugins-disabled')
  await page.goto('/admin/plugins')
  await page.getByText('Responde bobagem.').waitFor()
  await look(page, 'plugins-list')
  await page.getByRole('link', { name: /^Probe/ }).click()
  await page.getByRole('button', { name: 'Ativar', exact: true }).click()
  await page.getByRole('button', { name: 'Desativar' }).waitFor()
})

it(
  'removing it is refused while a playbook needs it; by force that is paused and says why',
  { timeout: 180_000 },
  async () => {
    const { page } = visitor
    const { core, workspaceId } = host.host
    const source = `id: greeting\nname: Saudar o lead\nmodule: pre_vendas\ntriggers:\n  - event: greeting.wanted\nsteps:\n  - id: hello\n    uses: probe/greet\n    with: { name: Ana }\n`
    await publishPlaybook(core, workspaceId, source)
    await page.reload()
    await page.getByRole('button', { name: 'Remover' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remover Probe?' })
    await dialog.getByRole('link', { name: 'Saudar o lead' }).waitFor()
    await dialog.getByRole('button', { name: 'Remover' }).click()
    await dialog.getByRole('alert').getByText('probe is needed by greeting').waitFor()
    await look(page, 'plugins-remove')
    await dialog.getByLabel('Remover mesmo assim').check()
    await dialog.getByRole('button', { name: 'Remover' }).click()
    await page.getByRole('heading', { name: 'Plugins', exact: true }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: /^Probe/ }).count(), { timeout: 30_000 }).toBe(0)
    await page.goto('/admin/playbooks/greeting')
    await page.getByText('O plugin Probe (probe), de que ele precisa, foi removido.').waitFor()
    await look(page, 'plugins-paused-playbook')
    await page.getByRole('button', { name: 'Arquivar' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Arquivar' }).click()
    await page.getByText('Traga-o de volta para editar.').waitFor()
    await page.getByRole('button', { name: 'Retomar' }).click()
    await page.getByRole('alert').getByText('greeting cannot be resumed').waitFor()
    await look(page, 'plugins-not-resumed')
    await page.getByRole('button', { name: 'Trazer de volta, pausado' }).click()
    await page.getByText('Pausado: não inicia execuções.').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  },
)

it('a tarball is handed in, in English, and a warning is to be looked at', { timeout: 180_000 }, async () => {
  const english = await visit(browser, host.url, { locale: 'en-GB' })
  const { page } = english
  await signIn(page, host, '/admin/plugins')
  await spoil(folder, {
    edit: manifest => ((manifest.id = 'malibox'), (manifest.title = 'Mail box'), (manifest.provides = {})),
  })
  const good = join(folder, 'malibox-2.0.0.tgz')
  const bad = join(folder, 'broken.tgz')
  await writeFile(good, tarball(await entriesOf(folder)))
  await writeFile(bad, tarball([...(await entriesOf(folder)), { path: 'package/x', type: '2', link: '/etc/passwd' }]))
  await page.getByRole('button', { name: 'Install a plugin' }).click()
  const choose = page.getByRole('dialog', { name: 'Install a plugin' })
  await choose.locator('input[type=file]').setInputFiles(bad)
  await choose.getByRole('button', { name: 'See what it may do' }).click()
  await choose.getByRole('alert').getByText('package/x in broken.tgz is a link').waitFor()
  await choose.locator('input[type=file]').setInputFiles(good)
  await choose.getByRole('button', { name: 'See what it may do' }).click()
  const agree = page.getByRole('dialog', { name: 'Mail box 2.0.0' })
  await agree.getByRole('list', { name: 'Look twice' }).getByText('The name malibox is near mailbox').waitFor()
  await look(page, 'plugins-warning')
  await agree.getByRole('button', { name: 'Install with these permissions' }).click()
  await page.getByRole('heading', { name: 'Mail box', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  expect(english.problems).toEqual([])
  await english.close()
})

it('what comes with TRAE OS and needs an account is offered, and installed without a name to type', async () => {
  const { page } = visitor
  await page.goto('/admin/plugins')
  await page.getByRole('button', { name: 'Instalar plugin' }).click()
  const choose = page.getByRole('dialog', { name: 'Instalar plugin' })
  await choose.getByRole('radio', { name: 'HubSpot' }).check()
  await look(page, 'plugins-offered')
  await choose.getByRole('button', { name: 'Ver o que ele pode fazer' }).click()
  const agree = page.getByRole('dialog', { name: 'HubSpot 1.1.0' })
  await agree.getByRole('button', { name: 'Instalar com estas permissões' }).click()
  await page.getByRole('heading', { name: 'HubSpot', exact: true }).waitFor()
  await page.goto('/admin/plugins')
  await page.getByRole('button', { name: 'Instalar plugin' }).click()
  await choose.getByRole('radio', { name: 'Twilio' }).waitFor()
  expect(await choose.getByRole('radio', { name: 'HubSpot' }).count(), 'it is here already').toBe(0)
}, 120_000)
