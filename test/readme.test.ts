import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENVIRONMENT_VARIABLES, readConfig } from '../core/config.ts'
import { trae } from './cli/trae.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const readme = read('README.md')

/** Rows of a table under a heading, cell by cell. */
function table(text: string, heading: string): string[][] {
  const section = text.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!
  const rows = section.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  return rows.slice(1).map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

describe('the README', () => {
  it('lists every environment variable as the program reads it', () => {
    const rows = table(readme, 'Settings').map(([name, , meaning]) => [name, meaning])
    expect(rows).toEqual(ENVIRONMENT_VARIABLES.map(({ name, description }) => [`\`${name}\``, description]))
  })

  it('gives the defaults that hold', () => {
    const given = Object.fromEntries(
      table(readme, 'Settings').map(([name, fallback]) => [name!.replaceAll('`', ''), fallback!.replaceAll('`', '')]),
    )
    expect(readConfig(given)).toEqual(readConfig({}))
  })

  it('lists every command', async () => {
    const { stdout } = await trae(['--help'])
    const commands = Array.from(stdout.matchAll(/^ {2}([\w-]+(?: [\w-]+)?) {2,}/gm), ([, name]) => `\`${name}\``)
    expect(
      table(readme, 'Commands')
        .map(([name]) => name)
        .filter(name => !name!.includes('TRAE_'))
        .slice(0, commands.length),
    ).toEqual(commands)
  })

  it.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/playbooks.md'])(
    '%s names files and scripts that exist',
    file => {
      const text = read(file)
      const links = Array.from(text.matchAll(/[^!]\[[^\]]+\]\((?!https?:)([^)#]+)\)/g), ([, path]) => path!)
      for (const path of links) expect(existsSync(join(ROOT, file, '..', path)), path).toBe(true)
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
      for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!])
      for (const [, folder] of text.matchAll(/^\| `([\w-]+\/)` \|/gm))
        expect(existsSync(join(ROOT, folder!)), folder).toBe(true)
    },
  )
})
