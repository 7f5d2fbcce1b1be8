import type { Catalog, CatalogAction } from '../../core/playbooks/catalog.ts'
import { jsonSchemaOf } from '../../core/plugins/json-schema.ts'
import { contractOf } from '../../core/plugins/services.ts'
import type { Action, Plugin } from '../../core/sdk/sdk.ts'
import apollo from '../../plugins/apollo/index.ts'
import aquisicao from '../../plugins/aquisicao/index.ts'
import asaas from '../../plugins/asaas/index.ts'
import audiences from '../../plugins/audiences/index.ts'
import campaigns from '../../plugins/campaigns/index.ts'
import charges from '../../plugins/charges/index.ts'
import closer from '../../plugins/closer/index.ts'
import diagnostico from '../../plugins/diagnostico/index.ts'
import enricher from '../../plugins/enricher/index.ts'
import gestao from '../../plugins/gestao/index.ts'
import googleCalendar from '../../plugins/google-calendar/index.ts'
import hubspot from '../../plugins/hubspot/index.ts'
import onboarding from '../../plugins/onboarding/index.ts'
import localCalendar from '../../plugins/local-calendar/index.ts'
import localCrm from '../../plugins/local-crm/index.ts'
import mailbox from '../../plugins/mailbox/index.ts'
import notices from '../../plugins/notices/index.ts'
import outbox from '../../plugins/outbox/index.ts'
import oferta from '../../plugins/oferta/index.ts'
import posicionamento from '../../plugins/posicionamento/index.ts'
import proposals from '../../plugins/proposals/index.ts'
import sdr from '../../plugins/sdr/index.ts'
import sendgrid from '../../plugins/sendgrid/index.ts'
import twilio from '../../plugins/twilio/index.ts'

/** The plugins that come with TRAE OS. */
export const PLUGINS: readonly Plugin[] = [
  apollo,
  aquisicao,
  asaas,
  audiences,
  campaigns,
  charges,
  closer,
  diagnostico,
  enricher,
  gestao,
  googleCalendar,
  hubspot,
  localCalendar,
  localCrm,
  mailbox,
  notices,
  oferta,
  onboarding,
  outbox,
  posicionamento,
  proposals,
  sdr,
  sendgrid,
  twilio,
]

/** `sdr/lead-scoring` and `email/send` alike → the plugin and its action. */
export const ACTIONS: ReadonlyMap<string, { readonly plugin: Plugin; readonly action: Action }> = new Map(
  PLUGINS.flatMap(plugin => [
    ...Object.entries(plugin.actions).map(([name, action]) => [`${plugin.id}/${name}`, { plugin, action }] as const),
    // What needs an account is not installed by itself, so it fills no service
    ...Object.entries(plugin.credentials === undefined ? (plugin.provides ?? {}) : {}).flatMap(([service, mapping]) =>
      Object.entries(mapping).map(
        ([name, own]) => [`${service}/${name}`, { plugin, action: plugin.actions[own]! }] as const,
      ),
    ),
  ]),
)

/** What a workspace with all of them installed offers to playbooks: services by their contracts. */
export function builtInCatalog(): Catalog {
  const actions = new Map<string, CatalogAction>()
  const services = new Map<string, CatalogAction>()
  for (const [uses, { plugin, action }] of ACTIONS) {
    const { title, effect, idempotency, input, output } = action
    const [owner, name] = uses.split('/') as [string, string]
    const entry = {
      title,
      effect,
      idempotency,
      version: plugin.version,
      input: jsonSchemaOf(input, 'input'),
      output: jsonSchemaOf(output, 'output'),
    }
    if (owner === plugin.id) actions.set(uses, entry)
    else {
      const contract = contractOf(owner, name)!
      services.set(uses, { ...entry, input: contract.input, output: contract.output })
    }
  }
  return { actions, services }
}
