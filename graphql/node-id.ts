import { TraeError } from '../core/errors.ts'
import { isId } from '../core/ids.ts'

/** The types that can be asked for by id alone. */
export const NODE_TYPES = [
  'Workspace',
  'User',
  'Lead',
  'Message',
  'Meeting',
  'Deal',
  'Customer',
  'Objective',
  'KeyResult',
  'LandingPage',
  'Call',
  'Proposal',
  'Absence',
  'CalendarFeed',
  'CalendarSource',
  'Activity',
  'Playbook',
  'PlaybookVersion',
  'Run',
  'RunEvent',
  'Approval',
  'Decision',
  'DecisionPolicy',
  'Event',
  'PluginInstallation',
  'Credential',
  'PluginTrigger',
  'Webhook',
  'DataSubjectRequest',
  'ApiKey',
  'Task',
  'Incident',
  'Alert',
  'MemoryEntry',
  'Invitation',
  'Session',
] as const
export type NodeType = (typeof NODE_TYPES)[number]

/** `base64url("Lead:<uuid>")`: opaque, safe in a URL, and it says of what type it is. */
export function encodeNodeId(type: NodeType, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url')
}

/** What an id names; undefined for text that is none of ours. */
export function decodeNodeId(text: string): { type: NodeType; id: string } | undefined {
  if (text.length > 200) return undefined
  const [type, id = '', ...rest] = Buffer.from(text, 'base64url').toString().split(':')
  const known = NODE_TYPES.find(name => name === type)
  if (!known) return undefined
  if (known === 'RunEvent')
    return isId(id) && rest.length === 1 && /^\d{1,9}$/.test(rest[0]!)
      ? { type: known, id: `${id}:${rest[0]}` }
      : undefined
  return isId(id) && rest.length === 0 ? { type: known, id } : undefined
}

/** The row id that an argument names. Throws `NOT_FOUND` for an id of another type, or of none. */
export function rowId(type: NodeType, text: string): string {
  const decoded = decodeNodeId(text)
  if (decoded?.type !== type)
    throw new TraeError('NOT_FOUND', `There is no ${type} with the id ${JSON.stringify(text.slice(0, 100))}.`)
  return decoded.id
}
