import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { act, newSandbox, plugin } from './call-plugin.ts'

// docs/plugins-guest.md says what is in the guest and what is not: it is asked here, name by name.

const page = readFileSync(join(import.meta.dirname, '../../docs/plugins-guest.md'), 'utf8')
const sandbox = newSandbox()
afterAll(() => sandbox.close())

/** The names in the first column of the table below a heading. */
function names(heading: string): string[] {
  const section = page.split(/^## /m).find(part => part.startsWith(heading)) ?? ''
  const rows = section.split('\n').filter(line => /^\| `|^\| .*: `/.test(line))
  return rows.flatMap(row => Array.from(row.split('|')[1]!.matchAll(/`([\w.]+)`/g), match => match[1]!))
}

test('what the page says is here is here, and what it says is not is not', async () => {
  const code = plugin(`
    const has = name => name.split('.').reduce((owner, key) => owner?.[key], globalThis) !== undefined
    return { here: input.here.filter(name => !has(name)), away: input.away.filter(has) }`)
  const [here, away] = [names('Here'), names('Not here')]
  expect(here.length).toBeGreaterThan(30)
  expect(away.length).toBeGreaterThan(20)
  expect(await act(sandbox, code, { here, away })).toEqual({ here: [], away: [] })
})

test('the page lists every global of the guest that is not of the language', async () => {
  const code = plugin('return Object.getOwnPropertyNames(globalThis)')
  const found = (await act(sandbox, code)) as string[]
  const ofTheLanguage = new Set([...LANGUAGE.split(' '), ...found.filter(name => /^(Big)?(Ui|I|F).*Array$/.test(name))])
  const listed = new Set(names('Here').map(name => name.split('.')[0]!))
  expect(found.filter(name => !ofTheLanguage.has(name) && !listed.has(name))).toEqual([])
})

const LANGUAGE =
  'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl ArrayBuffer DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN DisposableStack AsyncDisposableStack'
