import { access, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'

const FILE = 'trae-plugins.lock.json'

const lockFile = z.object({
  lockfileVersion: z.literal(1),
  plugins: z.record(
    z.string(),
    z.object({
      version: z.string(),
      digest: z.string(),
      source: z.string(),
      integrity: z.string().optional(),
    }),
  ),
})
type LockFile = z.infer<typeof lockFile>

interface Verified {
  readonly packages: readonly {
    readonly pluginId: string
    readonly version: string
    readonly digest: string
    readonly source: { readonly kind: string; readonly name: string; readonly integrity: string | null } | null
    readonly problems: readonly string[]
  }[]
  readonly auditBrokenAt: number | null
}
const VERIFY =
  '{ pluginVerify { packages { pluginId version digest source { kind name integrity } problems } auditBrokenAt } }'

export const pluginLock = defineCommand({
  usage: 'plugin lock [--out <file>]',
  about: `Writes which plugins the running host has, with version, source and hash of each, so that trae plugin verify can compare\nlater, or elsewhere. Keep the file with your playbooks.`,
  flags: { out: { type: 'string', value: '<file>', help: `where it goes; ${FILE} without it` } },
  positionals: { least: 0, most: 0 },
  async run({ flags, terminal }) {
    const { pluginVerify } = await ask<{ pluginVerify: Verified }>(await openSession(), VERIFY)
    const lock = lockOf(pluginVerify)
    const out = resolve(flags.out ?? FILE)
    await writeFile(out, `${JSON.stringify(lock, null, 2)}\n`)
    terminal.line(`${Object.keys(lock.plugins).length} plugins are written down in ${out}`)
    terminal.data({ out, ...lock })
    return 0
  },
})

export const pluginVerify = defineCommand({
  usage: 'plugin verify [<lock file>]',
  about: `Hashes what the running host has stored of each plugin, and says what is not as it was accepted. Compares with a lock file\ntoo: the one that is named, else ${FILE} where there is one here.`,
  flags: {},
  positionals: { least: 0, most: 1 },
  async run({ positionals, terminal }) {
    const lock = await readLock(positionals[0])
    const { pluginVerify: found } = await ask<{ pluginVerify: Verified }>(await openSession(), VERIFY)
    const problems = [
      ...found.packages.flatMap(({ pluginId, version, problems }) =>
        problems.map(problem => `${pluginId} ${version}: ${problem}`),
      ),
      ...(found.auditBrokenAt === null
        ? []
        : [`Audit log: entry ${found.auditBrokenAt} is not as it was written, or one before it is gone.`]),
      ...(lock ? differences(lock.value, lockOf(found)).map(text => `${lock.file}: ${text}`) : []),
    ]
    for (const problem of problems) terminal.line(terminal.paint('red', problem))
    if (problems.length === 0)
      terminal.line(
        `${found.packages.length} packages are as they were accepted${lock ? `, and as ${lock.file} says` : ''}.`,
      )
    terminal.data({ packages: found.packages, problems })
    return problems.length === 0 ? 0 : 1
  },
})

function lockOf({ packages }: Verified): LockFile {
  const installed = packages.filter(({ source }) => source !== null)
  return {
    lockfileVersion: 1,
    plugins: Object.fromEntries(
      installed.map(({ pluginId, version, digest, source }) => [
        pluginId,
        { version, digest, source: source!.name, ...(source!.integrity ? { integrity: source!.integrity } : {}) },
      ]),
    ),
  }
}

function differences(said: LockFile, found: LockFile): string[] {
  const ids = [...new Set([...Object.keys(said.plugins), ...Object.keys(found.plugins)])].sort()
  return ids.flatMap(id => {
    const [one, other] = [said.plugins[id], found.plugins[id]]
    if (!other) return [`${id} ${one!.version} is not installed.`]
    if (!one) return [`${id} ${other.version} is installed, and not in the file.`]
    if (one.digest === other.digest) return []
    return [`${id} is ${other.version} (${other.digest}); the file says ${one.version} (${one.digest}).`]
  })
}

async function readLock(named: string | undefined): Promise<{ file: string; value: LockFile } | undefined> {
  const file = named ?? FILE
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (!there && named === undefined) return undefined
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new TraeError('NOT_FOUND', `${file} cannot be read: ${cause.code}.`, { cause })
  })
  try {
    return { file, value: lockFile.parse(JSON.parse(text)) }
  } catch (cause) {
    throw new TraeError('BAD_USER_INPUT', `${file} is no lock file; write one with trae plugin lock.`, { cause })
  }
}
