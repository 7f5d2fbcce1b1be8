import { execFile } from 'node:child_process'
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockHash } from '../../core/cli/bundled-packages.js'

const ROOT = resolve(import.meta.dirname, '../..')
const HOOK = join(ROOT, 'core/cli/bundled-packages.js')

/** What a script says in a process of its own, whose imports are led by the bundles under `root`. */
async function led(root: string, script: string, cwd = ROOT): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const say = value => console.log(JSON.stringify(value))
       const own = new Map()
       for (const name of ${JSON.stringify(NAMES)}) own.set(name, import.meta.resolve(name))
       const { useBundledPackages } = await import(${JSON.stringify(HOOK)})
       useBundledPackages(${JSON.stringify(root)})
       ${script}`,
    ],
    { cwd, maxBuffer: 8 << 20 },
  )
  return JSON.parse(stdout)
}
const NAMES = ['express', 'graphql', 'zod', 'pg', '@mikro-orm/core']

describe('packages that were bundled', () => {
  it('show the names that Node shows of the packages themselves', async () => {
    const differing = await led(
      ROOT,
      `const differing = []
       for (const [name, url] of own) {
         const [there, here] = [Object.keys(await import(url)), Object.keys(await import(name))]
         if (import.meta.resolve(name) === url) differing.push(name + ' is not bundled')
         const lacking = there.filter(key => key !== 'module.exports' && !here.includes(key))
         if (lacking.length > 0) differing.push(name + ' lacks ' + lacking)
       }
       say(differing)`,
    )
    expect(differing).toEqual([])
  })
  it('can be imported, each of them', async () => {
    const broken = await led(
      ROOT,
      `const { readFileSync } = await import('node:fs')
       const { files } = JSON.parse(readFileSync('dist/packages/index.json', 'utf8'))
       const broken = []
       for (const name of Object.keys(files)) await import(name).catch(error => broken.push(name + ': ' + error))
       say(broken)`,
    )
    expect(broken).toEqual([])
  })
  it('are there once, whoever imports them', async () => {
    const same = await led(
      ROOT,
      `const { GraphQLSchema } = await import('graphql')
       const { createSchema } = await import('graphql-yoga')
       say(createSchema({ typeDefs: 'type Query { a: Int }' }) instanceof GraphQLSchema)`,
    )
    expect(same).toBe(true)
  })

  describe('of another lockfile', () => {
    let root: string
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'trae-bundled-'))
      await writeFile(join(root, 'package-lock.json'), '{}')
      await mkdir(join(root, 'dist/packages'), { recursive: true })
      await writeFile(join(root, 'dist/packages/zod.mjs'), 'export const bundled = true')
      await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    })
    afterAll(() => rm(root, { recursive: true }))
    const index = (lock: string) =>
      writeFile(
        join(root, 'dist/packages/index.json'),
        JSON.stringify({ lock, files: { zod: 'zod.mjs' }, packages: ['zod'] }),
      )

    it('are left aside', async () => {
      await index('another')
      expect(await led(root, `say((await import('zod')).bundled ?? false)`)).toBe(false)
      await index(lockHash(root))
      expect(await led(root, `say((await import('zod')).bundled ?? false)`)).toBe(true)
    })
    it('say what to do where the program imports more of a package than was bundled', async () => {
      await index(lockHash(root))
      await expect(led(root, `await import('zod/v4')`)).rejects.toThrow(/lacks zod\/v4.*Run: npm run build/)
    })
  })
})
