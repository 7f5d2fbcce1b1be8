import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, type UserId } from '../../core/ids.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import type { LogLine } from '../../core/plugins/capabilities/calling.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { openFarSide } from '../plugins/far-side.ts'
import { FIXTURES, openPluginWorld } from '../plugins/world.ts'
import type { DatabaseKind } from '../support/database.ts'

export type Answer = (request: IncomingMessage & { text: string }, response: ServerResponse) => void

/** A plugin with an account of every kind, and its vendor: `answer` plays it. */
export async function openVendorWorld(kind: DatabaseKind, answer: Answer) {
  const far = await openFarSide(['api.example.com', 'auth.example.com', 'other.example.com'], answer)
  const world = await openPluginWorld(kind)
  const path = join(world.folder, 'vendor')
  await packVendor(path, far.port)
  const core = { ...world.core, egress: far.settings }
  const installation = await installPlugin(core, {
    workspaceId: world.workspaceId,
    from: { kind: 'folder', path },
    grant: 'all-declared',
  })
  const viewer = { workspaceId: world.workspaceId, userId: newId<UserId>() }
  const api = (rest: string) => `https://api.example.com:${far.port}${rest}`
  return {
    core,
    far,
    installation,
    viewer,
    api,
    folder: path,
    connect: (template: string, fields: Record<string, string>) =>
      connectCredential(core, viewer, { installationId: installation.id, template, fields }),
    call: async (action: string, input: unknown, onLog?: (line: LogLine) => void) =>
      (
        await callAction(core, {
          workspaceId: world.workspaceId,
          action: resolveAction(core, world.workspaceId, `vendor/${action}`),
          input,
          run: { id: randomUUID(), path: action, attempt: 1, key: randomUUID(), playbookId: 'p' },
          locale: 'en',
          timeZone: 'UTC',
          onLog,
        })
      ).output as Record<string, unknown>,
    async close() {
      await world.close()
      await far.close()
    },
  }
}
export type VendorWorld = Awaited<ReturnType<typeof openVendorWorld>>

/** Builds the plugin of the vendor, or another, whose hosts answer at this port. */
export async function packVendor(path: string, port: number, plugin = join(FIXTURES, 'vendor')): Promise<void> {
  await buildPlugin(plugin, path)
  const manifestFile = join(path, 'plugin.json')
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as {
    permissions: { hosts: { port?: number }[]; credentials: { hosts: string[] }[] }
    credentials: Record<string, { tokenUrl?: string; test?: { url: string } }>
  }
  // Which port is free is known only now
  const here = (url: string) => url.replace('.example.com/', `.example.com:${port}/`)
  for (const host of manifest.permissions.hosts) host.port = port
  for (const asked of manifest.permissions.credentials) asked.hosts = asked.hosts.map(host => `${host}:${port}`)
  for (const template of Object.values(manifest.credentials)) {
    if (template.tokenUrl) template.tokenUrl = here(template.tokenUrl)
    if (template.test) template.test.url = here(template.test.url)
  }
  await writeFile(manifestFile, JSON.stringify(manifest))
}
