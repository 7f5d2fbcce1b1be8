import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId, type UserId } from '../../core/ids.ts'
import { callAction, lookupAction } from '../../core/plugins/call-action.ts'
import { beginCredentialSignIn, connectCredential, endCredentialSignIn } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { statement } from '../../core/sql.ts'
import { openTestServer } from '../http/open-test-server.ts'
import { openFarSide } from '../plugins/far-side.ts'
import { packAgainst } from './pack-plugin.ts'

export const ORIGIN = 'https://trae.example.com'

/** A whole host with one of our plugins installed, in the real sandbox, and its vendor, which it reaches over TLS. */
export async function openVendorWorld(
  plugin: string,
  hosts: readonly string[],
  answer: (request: IncomingMessage & { text: string }, response: ServerResponse) => void,
) {
  const far = await openFarSide(hosts, answer)
  const host = await openTestServer('postgres', {}, { TRAE_PUBLIC_URL: ORIGIN }, { egress: far.settings })
  const folder = await mkdtemp(join(tmpdir(), `trae-${plugin}-`))
  const { core } = host
  const { workspaceId } = core
  await packAgainst(plugin, folder, hosts, far.port)
  const installation = await installPlugin(core, {
    workspaceId,
    from: { kind: 'built-in', path: folder },
    grant: 'all-declared',
  })
  const viewer = { workspaceId, userId: newId<UserId>() }
  const connect = (template: string, fields: Record<string, string>) =>
    connectCredential(core, viewer, { installationId: installation.id, template, fields })
  const callOf = (action: string, input: unknown, key: string, attempt: number) => ({
    workspaceId,
    action: resolveAction(core, workspaceId, `${plugin}/${action}`),
    input,
    run: { id: newId(), path: action, attempt, key, playbookId: 'p' },
    locale: 'pt-BR',
    timeZone: 'America/Sao_Paulo',
  })
  return {
    host,
    core,
    viewer,
    far,
    installation,
    connect,
    /** A person says yes at the vendor; `consent` plays that. */
    async signIn(
      template: string,
      fields: Record<string, string>,
      consent: (address: string) => { state: string; code: string },
    ) {
      const { id } = await connect(template, fields)
      const address = await beginCredentialSignIn(core, viewer, { credentialId: id, origin: ORIGIN })
      await endCredentialSignIn(core, viewer, { error: undefined, ...consent(address) })
      return new URL(address)
    },
    async call(action: string, input: unknown, key: string = randomUUID()): Promise<Record<string, unknown>> {
      return (await callAction(core, callOf(action, input, key, 1))).output as Record<string, unknown>
    },
    /** Did the call with this key arrive? */
    lookup: (action: string, input: unknown, key: string) => lookupAction(core, callOf(action, input, key, 2)),
    async capture(fields: Record<string, unknown>): Promise<string> {
      const input = leadInput.parse({ name: 'Ana Souza Lima', email: 'ana@acme.com.br', ...fields })
      return (await captureLead(core, workspaceId, input, { source: 'test' })).leadId
    },
    trigger: async (name: string) => (await triggersOf(core, installation)).find(({ trigger }) => trigger === name)!,
    async events(type: string): Promise<Record<string, unknown>[]> {
      const rows = await core.sql.query<{ data: Record<string, unknown> }>(
        statement('test.events-of-type', 'select data from events where type = $1 order by id'),
        [type],
      )
      return rows.map(({ data }) => data)
    },
    async close() {
      await host.close()
      await far.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type VendorWorld = Awaited<ReturnType<typeof openVendorWorld>>
