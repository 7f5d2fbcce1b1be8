import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../core/config.ts'
import { ENVIRONMENT_VARIABLES } from '../core/environment.ts'
import { trae } from './cli/trae.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const readme = read('README.md')
const [settings, commands] = [read('docs/settings.md'), read('docs/commands.md')]

/** Rows of the tables under a heading, cell by cell. */
function table(text: string, heading: string): string[][] {
  const section = text.split(`# ${heading}\n`)[1]!.split('\n## ')[0]!
  const rows = section.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  return rows.slice(1).map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

describe('the README and what it leads to', () => {
  it('list every environment variable as the program reads it', () => {
    const rows = table(settings, 'Settings').map(([name, , meaning]) => [name, meaning])
    expect(rows).toEqual(ENVIRONMENT_VARIABLES.map(({ name, description }) => [`\`${name}\``, description]))
  })

  it('give the defaults that hold', () => {
    const given = Object.fromEntries(
      table(settings, 'Settings').map(([name, fallback]) => [name!.replaceAll('`', ''), fallback!.replaceAll('`', '')]),
    )
    expect(readConfig(given)).toEqual(readConfig({}))
  })

  it('list every command', async () => {
    const { stdout } = await trae(['--help'])
    const names = Array.from(stdout.matchAll(/^ {2}([\w-]+(?: [\w-]+)?) {2,}/gm), ([, name]) => `\`${name}\``)
    expect(
      table(commands, 'Commands')
        .map(([name]) => name)
        .slice(0, names.length),
    ).toEqual(names)
  })

  it.each([
    ['Settings', settings],
    ['Commands', commands],
  ])('say the same of %s', (heading, whole) => {
    const rows = table(whole, heading).map(cells => cells.join('|'))
    const first = table(readme, heading).map(cells => cells.join('|'))
    expect(first.length).toBeGreaterThan(5)
    expect(first.filter(row => !rows.includes(row))).toEqual([])
  })

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/commands.md',
    'docs/settings.md',
    'docs/playbooks.md',
  ])('%s names files and scripts that exist', file => {
    const text = read(file)
    const links = Array.from(text.matchAll(/[^!]\[[^\]]+\]\((?!https?:)([^)#]+)\)/g), ([, path]) => path!)
    for (const path of links) expect(existsSync(join(ROOT, file, '..', path)), path).toBe(true)
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!])
    for (const [, folder] of text.matchAll(/^\| `([\w-]+\/)` \|/gm))
      expect(existsSync(join(ROOT, folder!)), folder).toBe(true)
  })
})
