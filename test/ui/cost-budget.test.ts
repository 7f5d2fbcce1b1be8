import { expect, it } from 'vitest'
import { readConfig } from '../../core/config.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { signIn } from './browser.ts'
import { useDesk } from './desk.ts'

const desk = useDesk()

it(
  'a minute of the busiest clicking through every page costs less than half of what a person has a minute',
  { timeout: 300_000 },
  async () => {
    const { core, workspaceId } = desk.host.host
    for (let index = 0; index < 60; index++) {
      const input = leadInput.parse({ name: `Lead ${index}`, email: `lead${index}@example.com` })
      await captureLead(core, workspaceId, input, { source: 'test' })
    }
    let spent = 0
    const { take } = core.limits
    core.limits.take = (key, windows, cost = 1) => {
      if (windows[0]?.name === 'cost') spent += cost
      return take.call(core.limits, key, windows, cost)
    }
    const { page } = desk.visitor
    await signIn(page, desk.host)
    const links = await page
      .locator('nav a[href^="/admin/"]')
      .evaluateAll(all => [...new Set(all.map(one => one.getAttribute('href')!))])
    expect(links.length).toBeGreaterThan(10)
    const costs: [string, number][] = []
    for (const path of links) {
      const before = spent
      await page.locator(`nav a[href="${path}"]`).first().click()
      await page.waitForURL(url => url.pathname === path)
      await page.locator('#main h1').waitFor()
      let last = -1
      const rests = () => last === (last = spent)
      await expect.poll(rests, { interval: 700, timeout: 20_000 }).toBe(true)
      costs.push([path, spent - before])
    }
    expect(spent).toBeGreaterThan(links.length) // it was counted
    expect(Object.fromEntries(costs)['/admin/runs']).toBeLessThanOrEqual(180)
    const budget = readConfig({}).limits.cost
    // one click a second
    expect((spent / links.length) * 60, JSON.stringify(costs)).toBeLessThan(budget / 2)
  },
)
