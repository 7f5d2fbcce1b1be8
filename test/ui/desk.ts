import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { startHost, type TestHost } from '../support/host.ts'
import { openBrowser, visit, type Visit } from './browser.ts'

/** Where a person sits: a host of their own and a browser in front of it. There from `beforeAll` on. */
export interface Desk {
  readonly host: TestHost
  readonly browser: Browser
  readonly visitor: Visit
}

/** A desk for the tests of this file. In the end nothing may have gone wrong in the browser that no test asked for. */
export function useDesk(environment: Record<string, string> = {}): Desk {
  const desk = {} as { -readonly [Key in keyof Desk]: Desk[Key] }
  beforeAll(async () => {
    ;[desk.host, desk.browser] = await Promise.all([startHost(environment), openBrowser()])
    desk.visitor = await visit(desk.browser, desk.host.url)
  }, 120_000)
  afterAll(async () => {
    const problems = [...(desk.visitor?.problems ?? [])]
    await desk.browser?.close()
    await desk.host?.stop()
    expect(problems).toEqual([])
  })
  return desk
}
