import type { JsonSchema } from '../playbooks/catalog.ts'
import { ads } from '../sdk/contracts/ads.ts'
import { audience } from '../sdk/contracts/audience.ts'
import { calendar } from '../sdk/contracts/calendar.ts'
import type { ActionContract, ServiceContract } from '../sdk/contracts/contract.ts'
import { crm } from '../sdk/contracts/crm.ts'
import { email } from '../sdk/contracts/email.ts'
import { enrichment } from '../sdk/contracts/enrichment.ts'
import { notify } from '../sdk/contracts/notify.ts'
import { payment } from '../sdk/contracts/payment.ts'
import { proposal } from '../sdk/contracts/proposal.ts'
import { sms } from '../sdk/contracts/sms.ts'
import { whatsapp } from '../sdk/contracts/whatsapp.ts'
import { jsonSchemaOf } from './json-schema.ts'

/** A contract that playbooks use instead of a vendor: `uses: email/send`. */
export interface Service extends Omit<ServiceContract, 'actions'> {
  readonly actions: Readonly<Record<string, ServiceAction>>
}

/** One action of a service, with its schemas as the host compares and checks them. */
export interface ServiceAction extends Omit<ActionContract, 'input' | 'output'> {
  readonly input: JsonSchema
  readonly output: JsonSchema
}

/** By id, in the order in which people are shown them. */
export const SERVICES: ReadonlyMap<string, Service> = new Map(
  [email, whatsapp, sms, calendar, crm, enrichment, notify, proposal, payment, audience, ads].map(service => [
    service.id,
    described(service),
  ]),
)

/** No plugin may have one of these ids. */
export const RESERVED_IDS: ReadonlySet<string> = new Set([...SERVICES.keys(), 'playbook', 'trae'])

/** The contract behind `service/action`; undefined where there is none. */
export function contractOf(service: string, action: string): ServiceAction | undefined {
  const actions = SERVICES.get(service)?.actions
  return actions && Object.hasOwn(actions, action) ? actions[action] : undefined
}

/** Who does an action of a service for a provider of it: its own plugin, or the one that stands in for an action that it lacks. */
export function doerOf(
  { pluginId, provides }: { readonly pluginId: string; readonly provides: Readonly<Record<string, object>> },
  service: string,
  action: string,
): string | undefined {
  const own = provides[service]
  if (own === undefined) return undefined
  return Object.hasOwn(own, action) ? pluginId : standInOf(service, action)
}

/** The plugin of ours that does an action of a service where a provider lacks it; undefined for what nobody stands in for. */
export function standInOf(service: string, action: string): string | undefined {
  const standIns = SERVICES.get(service)?.standIns ?? {}
  return Object.hasOwn(standIns, action) ? standIns[action] : undefined
}

function described(service: ServiceContract<object>): Service {
  const actions = Object.entries(service.actions as Service['actions'] & ServiceContract['actions'])
  return {
    ...service,
    actions: Object.fromEntries(actions.map(([name, action]) => [name, describedAction(action)])),
  }
}

/** The schemas are written out when they are first read: all of them together are a tenth of the time to start. */
function describedAction(action: ServiceAction & ActionContract): ServiceAction {
  let input: JsonSchema | undefined
  let output: JsonSchema | undefined
  return {
    ...action,
    get input() {
      return (input ??= jsonSchemaOf(action.input, 'input'))
    },
    get output() {
      return (output ??= jsonSchemaOf(action.output, 'output'))
    },
  }
}
