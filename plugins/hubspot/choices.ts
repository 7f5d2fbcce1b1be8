import type { ChoiceSource } from 'trae-os/sdk'

const source = { action: 'list-properties', list: 'properties', value: 'name', label: 'label', note: 'type' }

/** Properties that can be read. */
export const readable = (object: 'contacts' | 'deals'): ChoiceSource => ({ ...source, with: { object } })

/** Properties that can be written. */
export const writable = (object: 'contacts' | 'deals'): ChoiceSource => ({
  ...source,
  with: { object, writable: true },
})
