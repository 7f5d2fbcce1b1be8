import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const shots = process.env['TRAE_SCREENSHOTS']

/** Nothing stands beyond the edge, narrow or wide; with `TRAE_SCREENSHOTS`, pictures of both go to that folder. */
export async function look(page: Page, name: string): Promise<void> {
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 1280, height: 900 },
  ]) {
    await page.setViewportSize(viewport)
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(beyond, `${name} at ${viewport.width}`).toBeLessThanOrEqual(0)
    const cut = await page.evaluate(() => {
      const dialog = document.querySelector('dialog[open]')
      return dialog ? dialog.scrollWidth - dialog.clientWidth : 0
    })
    expect(cut, `the dialog of ${name} at ${viewport.width}`).toBeLessThanOrEqual(0)
    if (shots) await page.screenshot({ path: `${shots}/${name}-${viewport.width}.png`, fullPage: true })
  }
}
