import { builder } from './builder.ts'
import { renamed } from './described.ts'

const SortDirection = builder.enumType('SortDirection', {
  description: 'Which end of an order comes first.',
  values: renamed({ asc: 'The least, the oldest, A.', desc: 'The most, the newest, Z.' }),
})

/** The argument that says what a list is sorted by; `by` in the words of the core, each with its description. */
export function sortInput<const By extends string>(name: string, by: Readonly<Record<By, string>>) {
  const SortBy = builder.enumType(`${name}SortBy`, {
    description: `What a list of ${name} can be sorted by.`,
    values: renamed(by),
  })
  return builder.inputType(`${name}Sort`, {
    description: `In what order a list of ${name} comes. What has no value of this kind counts as the least.`,
    fields: t => ({
      by: t.field({ type: SortBy, required: true, description: 'What it is sorted by.' }),
      direction: t.field({ type: SortDirection, defaultValue: 'desc', description: 'Which end comes first.' }),
    }),
  })
}

/** How the argument is called everywhere. */
export const ORDER = 'In what order; a cursor is of one order.'
