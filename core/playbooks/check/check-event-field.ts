import { didYouMean } from '../../did-you-mean.ts'
import type { JsonSchema } from '../catalog.ts'
import type { Findings } from '../diagnostic.ts'
import { EVENT_MARK } from '../event-schemas.ts'
import type { YamlNode } from '../yaml-tree.ts'

/** What is wrong with reading this field of an event; nothing where it is known, or where too little is known of the event to say. */
export function unknownEventField(
  schema: JsonSchema | undefined,
  name: string,
): { code: 'UNKNOWN_EVENT_FIELD'; message: string; suggestion: string | undefined } | undefined {
  const events = schema?.anyOf ?? (schema ? [schema] : [])
  const known = events.flatMap(event => Object.keys(event.properties ?? {}))
  if (events.length === 0 || !events.every(event => event[EVENT_MARK]) || known.includes(name)) return undefined
  return {
    code: 'UNKNOWN_EVENT_FIELD',
    message: `This event is not known to carry "${name}"; known are ${[...new Set(known)].join(', ')}.`,
    suggestion: didYouMean(name, known),
  }
}

/** The keys of `correlate`: an event fits only when it carries each of them, so a misspelt one waits until time is up. */
export function checkCorrelate(
  node: YamlNode | undefined,
  arriving: JsonSchema | undefined,
  path: string,
  findings: Findings,
): void {
  if (node?.kind !== 'map') return
  for (const { name, key } of node.entries.values()) {
    const finding = unknownEventField(arriving, name)
    if (finding) findings.add({ ...finding, path: `${path}.${name}`, span: key })
  }
}
