import { z } from 'zod'
import { deleteStored, readStored, writeStored } from '../storage.ts'
import { argumentOf, type Capability } from './calling.ts'

const question = z.object({
  verb: z.enum(['get', 'set', 'delete']),
  key: z.string(),
  value: z.unknown().optional(),
  expiresAt: z.iso.datetime({ offset: true, error: 'must be an instant as 2026-03-02T09:00:00Z' }).optional(),
})

/** `ctx.storage`. */
export const storage: Capability = (core, calling, argument) => {
  const { verb, key, value, expiresAt } = argumentOf('storage', question, argument)
  calling.requireGrant(`storage.${verb}`, permissions => permissions.storage !== undefined, 'storage')
  const { installation, granted, declared } = calling
  switch (verb) {
    case 'get':
      return readStored(core, installation.id, key)
    case 'set':
      return writeStored(
        core,
        installation.id,
        { key, value, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) },
        Math.min(granted.storage!.bytes, declared.storage!.bytes),
      )
    case 'delete':
      return deleteStored(core, installation.id, key)
    default:
      return verb satisfies never
  }
}
