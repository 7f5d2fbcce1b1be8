import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { BUILT } from '../../core/plugins/our-plugins.ts'
import { CLIENT, Google, refusal } from '../vendors/google-calendar/google.ts'
import { openVendorWorld, type VendorWorld } from '../vendors/vendor-world.ts'
import { useDesk } from './desk.ts'
import { visit } from './browser.ts'
import { look } from './look.ts'

/** A Monday, nine in the morning in São Paulo. */
const MONDAY = new Date('2031-03-03T12:00:00Z')
const desk = useDesk()
const google = new Google()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('google-calendar', ['www.googleapis.com', 'oauth2.googleapis.com'], google.answer)
  world.core.clock.to(MONDAY)
  await world.signIn('google', CLIENT, google.consent)
  const from = { kind: 'built-in', path: join(BUILT, 'notices') } as const
  await installPlugin(world.core, { workspaceId: world.core.workspaceId, from, grant: 'all-declared' })
  await world.core.brain.start()
}, 120_000)
afterAll(async () => {
  await world?.core.brain.stop()
  await world?.close()
})

it.each([
  [
    'pt-BR',
    'Escolher outro horário',
    'Mudar para o horário escolhido',
    'Pedido recebido',
    'a reunião mudou',
    'Cancelar a reunião',
    'Sim, cancelar a reunião',
    'A agenda não fez',
    '2031-03-05T14:00:00Z',
  ],
  [
    'en',
    'Choose another time',
    'Move to the chosen time',
    'Received: move it',
    'the meeting was moved',
    'Cancel the meeting',
    'Yes, cancel the meeting',
    'The calendar did not do',
    '2031-03-05T17:00:00Z',
  ],
])(
  'the lead of a meeting in Google Calendar moves it while Google is away, and is told what came of it, in %s',
  { timeout: 180_000 },
  async (locale, choose, confirm, received, moved, cancel, yes, refused, startsAt) => {
    const leadId = await world.capture({ name: `Ana ${locale}`, email: `ana-${locale.toLowerCase()}@acme.com.br`, locale }) // prettier-ignore
    const { id, changeLink } = await world.call('book', { leadId, startsAt })
    const { page } = await visit(desk.browser, world.host.url, { javaScriptEnabled: false })
    await page.goto(new URL(changeLink as string).pathname)
    const moving = page.locator('details').filter({ hasText: choose }).first()
    await moving.locator('summary').first().click()
    await moving.locator('.day').nth(1).locator('summary').click()
    await moving.locator('.day').nth(1).getByRole('radio').first().check()
    await look(page, `provider-meeting-times-${locale}`)
    google.instead.push({ on: 'calendar.events.get', status: 503, body: {} })
    await moving.getByRole('button', { name: confirm }).click()
    await page.getByRole('status').getByText(received).waitFor()
    await look(page, `provider-meeting-asked-${locale}`)
    world.core.clock.advance(60_000)
    await expect.poll(() => new Date(google.events.get(id as string)!.start.dateTime).toISOString()).not.toBe(startsAt)
    // The plugin says so after Google has: until then the page shows what was asked for
    const wishes = () =>
      world.core.sql.query({ name: '', text: 'select id from provider_meetings where wish is not null and external_id = $1' }, [id]) // prettier-ignore
    await expect.poll(wishes, { timeout: 20_000 }).toEqual([])
    await page.reload()
    await moving.locator('summary').first().click()
    await moving.locator('.day').nth(2).locator('summary').click()
    await moving.locator('.day').nth(2).getByRole('radio').first().check()
    await moving.getByRole('button', { name: confirm }).click()
    await page.getByRole('status').getByText(moved).waitFor()
    await look(page, `provider-meeting-moved-${locale}`)

    google.instead.push({ on: 'calendar.events.delete', ...refusal(403, 'forbidden', 'Not yours') })
    await page.getByText(cancel, { exact: true }).click()
    await page.getByRole('button', { name: yes }).click()
    await page.getByRole('alert').getByText(refused).waitFor()
    await look(page, `provider-meeting-refused-${locale}`)
    expect(google.problems).toEqual([])
  },
)
