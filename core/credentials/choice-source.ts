import { z } from 'zod'

const name = z.string().regex(/^[A-Za-z][\w-]{0,59}$/, 'is one name, as calendars')

/** Where the choices of an input come from: entries of a list that another action of the plugin answers. */
export const choiceSource = z.strictObject({
  action: z.string().max(60),
  /** Key of the list in its output. */
  list: name,
  /** Keys of each entry: what is stored, what people read, and more about it. */
  value: name,
  label: name,
  note: name.optional(),
  /** What else the action is given. */
  with: z.record(z.string().max(60), z.union([z.string().max(500), z.number(), z.boolean()])).optional(),
})
export type ChoiceSource = z.infer<typeof choiceSource>
