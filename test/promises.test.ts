import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const page = readFileSync(join(ROOT, 'docs/promises.md'), 'utf8')
const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && file !== 'promises.test.ts')
  .map(file => ({ file: `test/${file}`, text: readFileSync(join(import.meta.dirname, file), 'utf8') }))

describe('docs/promises.md', () => {
  it.each(Array.from({ length: 12 }, (_, index) => index + 1))('names the test of promise %i', number => {
    const found = tests.filter(({ text }) => text.includes(`('Promise ${number}, `)).map(({ file }) => file)
    const named = new RegExp(`^\\| ${number} +\\|.*\\[(test/[^\\]]+)\\]\\(\\.\\./\\1\\)`, 'm').exec(page)?.[1]
    expect(found).toEqual([named])
  })

  const ofPlugins = Array.from(
    page.matchAll(/^\| (.+?) +\| \[(test\/[^\]]+)\]\(\.\.\/\2\) +\| `(.+)` +\|$/gm),
    ([, ...row]) => row,
  )
  it('names a test for each promise about plugins', () => {
    expect(ofPlugins.length).toBeGreaterThan(25)
    const missing = ofPlugins.filter(
      ([, file, title]) => !tests.find(one => one.file === file)?.text.includes(`'${title}'`),
    )
    expect(missing).toEqual([])
  })
})
