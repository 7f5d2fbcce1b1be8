import { z } from 'zod'
import { didYouMean } from '../../did-you-mean.ts'
import { TraeError } from '../../errors.ts'
import { appendEvent } from '../../events/append-event.ts'
import { isId } from '../../ids.ts'
import { RECORDS } from '../records.ts'
import { argumentOf, type Capability } from './calling.ts'

const name = z.string().max(100)
const question = z.object({ noun: name, verb: name, argument: z.unknown().optional() })
// JSON by birth, for it was parsed from JSON: `z.json()` would look at every value of it again, for a tenth of a second
const announcement = z.object({ type: name, data: z.record(z.string(), z.unknown()) })

/** `ctx.records`. */
export const records: Capability = (core, calling, argument) => {
  const { noun, verb, argument: given } = argumentOf('records', question, argument)
  const what = `${noun}.${verb}`
  const known = Object.hasOwn(RECORDS, what) ? RECORDS[what] : undefined
  if (!known) {
    const meant = didYouMean(what, Object.keys(RECORDS))
    throw new TraeError('VALIDATION', `ctx.records.${what} does not exist.${meant ? ` Did you mean ${meant}?` : ''}`)
  }
  calling.requireGrant(
    what,
    permissions => permissions.records.some(entry => entry.name === known.permission),
    known.permission,
  )
  if (known.writes) calling.requireWrites(`records.${what}`, known.tellsOfPast)
  const checked = argumentOf(`records.${what}`, known.argument, given)
  const call = () => calling.withOrigin(what, origin => known.run(core, calling.workspaceId, checked as never, origin))
  return known.writes && !known.isAhead ? calling.witness.changes(call) : call()
}

/** `ctx.events`. */
export const events: Capability = async (core, calling, argument) => {
  const { type, data } = argumentOf('events', announcement, argument)
  const wanted = `emit:${type}`
  calling.requireGrant(
    `events.emit(${JSON.stringify(type)})`,
    permissions => permissions.events.some(entry => entry.name === wanted),
    wanted,
  )
  calling.requireWrites('events.emit')
  const { workspaceId, source, run } = calling
  const subjectId = isId(data['leadId']) ? data['leadId'] : null
  const event = { type, subjectId, data, source, dedupeKey: `${run.key}#emit:${type}:${subjectId ?? ''}` }
  await calling.witness.changes(() => core.sql.transaction(tx => appendEvent(tx, workspaceId, event, core.clock.now())))
  core.queue.ring('events')
}
