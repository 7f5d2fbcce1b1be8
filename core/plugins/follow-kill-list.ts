import { verify } from 'node:crypto'
import { open } from 'node:fs/promises'
import { z } from 'zod'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { egress } from '../credentials/egress.ts'
import { errorRecord, TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import { killList } from './kill-list.ts'
import type { Installation } from './registry.ts'
import { disablePlugin, enablePlugin, type LifeCore } from './set-plugin-status.ts'

type FollowCore = LifeCore & Pick<Core, 'config' | 'egress' | 'log'>
type Setting = NonNullable<Core['config']['killList']>
type KillList = z.infer<typeof killList>

const MAX_BYTES = 1024 * 1024
/** How far the clock of whoever signs may be ahead: a list of the far future would keep every later one out. */
const AHEAD_MS = 86_400_000

/**
 * Reads the kill list and does what it says, once a look: what it names is disabled, what it had disabled and names no more is
 * enabled again. One that cannot be read, whose signature does not fit, or that is older than the last one changes nothing: the
 * last one holds, and the row says why, for the log and the alert. Without the setting the host has no list.
 */
export async function followKillList(core: FollowCore): Promise<void> {
  const { killList: setting } = core.config
  if (!setting) await forget(core)
  else
    try {
      await accept(core, setting, await fetchList(core, setting))
    } catch (error) {
      const { message } = errorRecord(error)
      core.log.error(
        { origin: setting.origin, err: error },
        'the kill list of plugins cannot be read; the last one holds',
      )
      await core.sql.query(NOTE_PROBLEM, [setting.origin, message.slice(0, 500)])
    }
  await core.plugins.refresh()
  for (const installation of core.plugins.all())
    await settle(core, installation).catch(error =>
      core.log.error(
        { err: error, pluginId: installation.pluginId },
        'what the kill list says of a plugin was not done',
      ),
    )
}

/** What a person has disabled stays so, and is theirs to enable once the list allows it. */
async function settle(core: FollowCore, installation: Installation): Promise<void> {
  const { workspaceId, pluginId, digest, status, byKillList } = installation
  const entry = core.plugins.killed(installation)
  if (!entry && byKillList) await enablePlugin(core, workspaceId, pluginId)
  if (!entry || (status === 'DISABLED' && !byKillList)) return
  const { locale } = await getWorkspace(core, workspaceId)
  const list = locale.startsWith('pt') ? 'Está na lista de bloqueio de plugins' : 'It is on the kill list of plugins'
  const reason = `${list}: ${entry.reason}`
  await disablePlugin(core, workspaceId, pluginId, { reason, killed: digest })
  if (!byKillList) core.log.error({ pluginId, workspaceId, reason }, 'a plugin was disabled')
}

/** The signature is in a file of its own beside the list, base64: any web server can serve the two, and any folder hold them. */
async function fetchList(core: FollowCore, { origin, key }: Setting): Promise<KillList> {
  const bytes = await read(core, origin)
  if (key) {
    const signature = Buffer.from((await read(core, signatureOf(origin))).toString('latin1').trim(), 'base64')
    if (!verify(null, bytes, key, signature))
      throw invalid(`The signature of ${origin} is not one of TRAE_PLUGIN_KILL_LIST_KEY.`)
  }
  let document: unknown
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw invalid(`${origin} is no JSON.`, cause)
  }
  const { data, error } = killList.safeParse(document)
  if (!data) throw invalid(`${origin} is no kill list: ${z.prettifyError(error).replaceAll(/\s+/g, ' ').slice(0, 300)}`)
  if (Date.parse(data.issuedAt) > core.clock.now().getTime() + AHEAD_MS)
    throw invalid(`${origin} says that it was issued at ${data.issuedAt}, which is still to come.`)
  return data
}

function signatureOf(origin: string): string {
  const url = isAddress(origin) ? new URL(origin) : undefined
  if (!url) return `${origin}.sig`
  url.pathname += '.sig'
  return url.href
}

async function read(core: FollowCore, origin: string): Promise<Buffer> {
  if (!isAddress(origin)) return readLocal(origin)
  const limits = { ...core.egress.limits, responseBytes: MAX_BYTES }
  const policy = { ...core.egress, allows: () => true, limits, encoding: 'latin1' } as const
  const { status, body } = await egress({ url: origin, method: 'GET', headers: {} }, policy)
  if (status === 200) return Buffer.from(body, 'latin1')
  throw new TraeError('UNAVAILABLE', `${origin} answers ${status}.`)
}

async function readLocal(path: string): Promise<Buffer> {
  const file = await open(path).catch((cause: unknown) => {
    throw invalid(`${path} cannot be read.`, cause)
  })
  try {
    if ((await file.stat()).size > MAX_BYTES) throw invalid(`${path} is larger than ${MAX_BYTES / 1024 / 1024} MiB.`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const isAddress = (origin: string) => /^https:/i.test(origin)
const invalid = (message: string, cause?: unknown) => new TraeError('VALIDATION', message, { cause })

/** In one transaction with the revisions, so that who installs or enables meanwhile waits for it and then sees it. */
async function accept(core: FollowCore, { origin }: Setting, { entries, issuedAt }: KillList): Promise<void> {
  await core.sql.transaction(async tx => {
    const named = JSON.stringify(entries)
    const [before] = await tx.query<{ origin: string; issuedAt: Date | null; same: boolean }>(LOCK_LIST, [named])
    if (before?.origin === origin && before.issuedAt && before.issuedAt.getTime() > Date.parse(issuedAt))
      throw invalid(
        `${origin} was issued at ${issuedAt}, before the list that was accepted last (${before.issuedAt.toISOString()}), and is not taken.`,
      )
    await tx.query(WRITE_LIST, [origin, named, issuedAt])
    if (!before?.same) await tx.query(BUMP_ALL)
  })
}

async function forget(core: FollowCore): Promise<void> {
  await core.sql.transaction(async tx => {
    if ((await tx.query(FORGET)).length > 0) await tx.query(BUMP_ALL)
  })
}

const BUMP_ALL = statement(
  'bump-all-plugins-revisions',
  'update workspaces set plugins_revision = plugins_revision + 1',
)
const LOCK_LIST = statement(
  'lock-kill-list',
  'select origin, issued_at as "issuedAt", entries = $1::jsonb as same from plugin_kill_list for update',
)
const WRITE_LIST = statement(
  'write-kill-list',
  `insert into plugin_kill_list (origin, entries, issued_at) values ($1, $2::jsonb, $3)
   on conflict (id) do update set origin = excluded.origin, entries = excluded.entries, issued_at = excluded.issued_at, problem = null`,
)
const NOTE_PROBLEM = statement(
  'note-problem-of-kill-list',
  `insert into plugin_kill_list (origin, problem) values ($1, $2)
   on conflict (id) do update set problem = excluded.problem`,
)
const FORGET = statement('forget-kill-list', 'delete from plugin_kill_list returning id')
