import { z } from 'zod'
import { TraeError } from '../core/errors.ts'
import { MODULE_KEYS } from '../core/playbooks/playbook.ts'

/** An argument of a query as its schema has it. Throws `BAD_USER_INPUT` naming what is wrong: a query has no `userErrors`. */
export function accepted<S extends z.ZodType>(schema: S, value: unknown, name: string): z.output<S> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const said = error.issues.map(({ path, message }) => `${[name, ...path.map(String)].join('.')}: ${message}`)
  throw new TraeError('BAD_USER_INPUT', said.join('; '))
}

/** Keys of modules in a filter. Throws `BAD_USER_INPUT` for one that there is not. */
export const acceptedModules = (given: readonly string[] | null | undefined) =>
  given ? accepted(z.array(z.enum(MODULE_KEYS)), given, 'filter.modules') : undefined
