import type { Messages } from '../../i18n/pt-BR.ts'

/** What a module is called in the reader's language; a key that is none of the eight is shown as it is. */
export const moduleName = (key: string, t: Messages): string =>
  Object.hasOwn(t.brain.moduleNames, key) ? t.brain.moduleNames[key as keyof Messages['brain']['moduleNames']] : key
