/** What stands where something about a person stood. */
export const ERASED = '[erased]'

/** Keys whose texts are the product's own: it still has to read them. */
const STRUCTURE =
  /^(playbook|trigger|code|status|kind|type|path|action|key|state|until|at|since|dueAt|startedAt|finishedAt|pluginId|version|digest|actor|by|basis|grantedAt|withdrawnAt|locale|source|ref|id|runId|leadId|eventId|playbookId|approval|branch|level|providers?)$/

/** JSON with every text erased that may be about a person. Numbers, truth values and keys stay. */
export function scrub(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return STRUCTURE.test(key) ? value : ERASED
  if (Array.isArray(value)) return value.map(item => scrub(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, scrub(inner, name)]))
}

/** A text without what names a person: their addresses, numbers and full names, in any case. */
export function without(text: string, names: readonly string[]): string {
  const parts = names.filter(name => name.length > 4).map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return parts.length === 0 ? text : text.replace(new RegExp(parts.join('|'), 'giu'), ERASED)
}
