import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId, type UserId } from '../../../core/ids.ts'
import { callAction } from '../../../core/plugins/call-action.ts'
import {
  beginCredentialSignIn,
  connectCredential,
  endCredentialSignIn,
} from '../../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../../core/plugins/resolve-action.ts'
import { captureLead } from '../../../core/sales/capture-lead.ts'
import { leadInput } from '../../../core/sales/lead.ts'
import { openTestServer } from '../../http/open-test-server.ts'
import { openFarSide } from '../../plugins/far-side.ts'
import { packAgainst } from '../pack-plugin.ts'
import { HubSpot } from './hubspot.ts'
import { CLIENT } from './sign-ins.ts'

const HOST = 'api.hubapi.com'
export const ORIGIN = 'https://trae.example.com'

/** A whole host with the plugin installed, in the real sandbox, and a HubSpot that it reaches over TLS. */
export async function openHubSpotWorld() {
  const hubspot = new HubSpot()
  const far = await openFarSide([HOST], hubspot.answer)
  const host = await openTestServer('postgres', {}, { TRAE_PUBLIC_URL: ORIGIN }, { egress: far.settings })
  const folder = await mkdtemp(join(tmpdir(), 'trae-hubspot-'))
  const { core } = host
  const { workspaceId } = core
  await packAgainst('hubspot', folder, [HOST], far.port)
  const install = () =>
    installPlugin(core, { workspaceId, from: { kind: 'built-in', path: folder }, grant: 'all-declared' })
  const installation = await install()
  const viewer = { workspaceId, userId: newId<UserId>() }
  const connect = (template: string, fields: Record<string, string>) =>
    connectCredential(core, viewer, { installationId: installation.id, template, fields })
  return {
    hubspot,
    host,
    core,
    viewer,
    installation,
    connect,
    /** A person signs in to HubSpot. */
    async signIn() {
      const { id } = await connect('hubspot', CLIENT)
      const address = await beginCredentialSignIn(core, viewer, { credentialId: id, origin: ORIGIN })
      const back = { error: undefined, ...hubspot.signIns.consent(address) }
      return { address: new URL(address), credential: await endCredentialSignIn(core, viewer, back) }
    },
    async call(action: string, input: unknown, key: string = randomUUID()): Promise<Record<string, unknown>> {
      const { output } = await callAction(core, {
        workspaceId,
        action: resolveAction(core, workspaceId, `hubspot/${action}`),
        input,
        run: { id: newId(), path: action, attempt: 1, key, playbookId: 'p' },
        locale: 'en',
        timeZone: 'UTC',
      })
      return output as Record<string, unknown>
    },
    async capture(fields: Record<string, unknown>): Promise<string> {
      const input = leadInput.parse({ name: 'Ana Souza Lima', email: 'ana@acme.com.br', ...fields })
      return (await captureLead(core, workspaceId, input, { source: 'test' })).leadId
    },
    async close() {
      await host.close()
      await far.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type HubSpotWorld = Awaited<ReturnType<typeof openHubSpotWorld>>
