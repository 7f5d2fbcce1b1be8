import { access } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TraeError } from '../errors.ts'
import type { ServiceFixture } from '../testing/service-suite.ts'
import type { Terminal } from './terminal.ts'

/** Holds the plugin of a folder against a service's contract, a line for each check; answers the exit code. */
export async function testService(terminal: Terminal, folder: string, service: string): Promise<number> {
  await import(
    pathToFileURL(join(import.meta.dirname, `../testing/author-imports${extname(import.meta.filename)}`)).href
  )
  const [{ openTestBed }, { runServiceSuite }] = await Promise.all([
    import('../testing/test-bed.ts'),
    import('../testing/service-suite.ts'),
  ])
  const fixture = await fixtureOf(folder)
  const bed = await openTestBed(folder)
  try {
    const checks = await runServiceSuite(bed, service, fixture, ({ name, passed, message }) => {
      terminal.line(`${passed ? terminal.paint('green', '✓') : terminal.paint('red', '✗')} ${name}`)
      for (const text of message?.split('\n') ?? []) terminal.line(`    ${terminal.paint('red', text)}`)
    })
    const failed = checks.filter(({ passed }) => !passed).length
    terminal.line(`${checks.length - failed} of ${checks.length} checks of the service ${service} passed.`)
    terminal.data({ ok: failed === 0, service, checks })
    return failed === 0 ? 0 : 1
  } finally {
    await bed.close()
  }
}

/** `contract.ts` of the folder: a function that plays the vendor, made anew for each check. */
async function fixtureOf(folder: string): Promise<(() => ServiceFixture) | undefined> {
  for (const name of ['contract.ts', 'contract.js']) {
    const file = join(folder, name)
    if (
      !(await access(file).then(
        () => true,
        () => false,
      ))
    )
      continue
    const { default: fixture } = (await import(pathToFileURL(file).href)) as { default?: unknown }
    if (typeof fixture === 'function') return fixture as () => ServiceFixture
    throw new TraeError('MANIFEST', `${file} must export default a function that gives { api, credentials }.`)
  }
  return undefined
}
