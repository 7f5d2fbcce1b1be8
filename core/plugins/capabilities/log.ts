import { z } from 'zod'
import { argumentOf, type Calling } from './calling.ts'

const MOST_LINES = 500
const line = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string().max(8192),
  fields: z.record(z.string(), z.unknown()).optional().catch(undefined),
})
const step = z.object({ fraction: z.number(), text: z.string().max(500).optional().catch(undefined) })

/** `ctx.log`: what is too much is not heard. */
export function log(calling: Calling, argument: unknown): void {
  if (calling.count('line') <= MOST_LINES) calling.onLog?.(argumentOf('log', line, argument))
}

/** `ctx.progress`. */
export function progress(calling: Calling, argument: unknown): void {
  if (calling.count('line') > MOST_LINES) return
  const { fraction, text } = argumentOf('progress', step, argument)
  calling.onLog?.({ level: 'info', message: text ?? '', fields: { progress: Math.min(1, Math.max(0, fraction)) } })
}
