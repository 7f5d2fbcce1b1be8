import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { TraeError } from '../errors.ts'
import type { PlaybookText } from '../rehearsal/test-playbook.ts'
import { policyTexts } from './folder-catalog.ts'

/**
 * The playbooks that files and folders name, with the tests beside them: `a.yaml`, `a.test.yaml` and the folder of both mean
 * the same. Throws `NOT_FOUND` naming what cannot be read.
 */
export async function readTested(paths: readonly string[]): Promise<PlaybookText[]> {
  const files = new Set<string>()
  for (const path of paths) for (const file of await playbooksAt(path)) files.add(file)
  return Promise.all([...files].sort().map(readOne))
}

const TEST_FILE = /\.test\.ya?ml$/

async function playbooksAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: Error) => {
    throw new TraeError('NOT_FOUND', `${path} cannot be read: ${cause.message}`, { cause })
  })
  if (found.isDirectory())
    return (await readdir(path))
      .filter(name => /\.ya?ml$/.test(name) && !TEST_FILE.test(name))
      .map(name => join(path, name))
  return [TEST_FILE.test(path) ? path.replace(/\.test(\.ya?ml)$/, '$1') : path]
}

async function readOne(path: string): Promise<PlaybookText> {
  const besidePath = join(dirname(path), basename(path).replace(/(\.ya?ml)$/, '.test$1'))
  const beside = await readFile(besidePath, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw cause
  })
  return {
    file: shown(path),
    source: await readFile(path, 'utf8').catch((cause: Error) => {
      throw new TraeError('NOT_FOUND', `${path} cannot be read: ${cause.message}`, { cause })
    }),
    policies: await policyTexts(join(dirname(path), 'policies')),
    ...(beside === undefined ? {} : { beside: { file: shown(besidePath), source: beside } }),
  }
}

const shown = (path: string) => relative(process.cwd(), path) || path
