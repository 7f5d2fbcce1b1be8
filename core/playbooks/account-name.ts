import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'

/** The name of an account of a plugin: short, as it stands in playbooks. */
export const ACCOUNT_NAME = /^(?=.{1,40}$)[a-z0-9]+(?:-[a-z0-9]+)*$/
/** Of the one that was connected when accounts had no names. */
export const FIRST_ACCOUNT = 'main'
/** No name: in `wait_events`, whichever account is the default one of its plugin when that hears of an event. */
export const DEFAULT_ACCOUNT = ''

export const ACCOUNT_NAME_WANTED = 'small letters, digits and hyphens, at most 40, as sales-brazil'

/** Throws `BAD_USER_INPUT` for what is no name of an account. */
export function requireAccountName(name: string): void {
  if (ACCOUNT_NAME.test(name)) return
  const found = JSON.stringify(name.slice(0, 60))
  throw new TraeError('BAD_USER_INPUT', `The name of an account is ${ACCOUNT_NAME_WANTED}; found ${found}.`)
}

/** What to say of an account that is not there, and what was likely meant. `names`: null where the plugin uses no accounts. */
export function unknownAccount(
  pluginId: string,
  account: string,
  names: readonly string[] | null,
): [message: string, suggestion: string | undefined] {
  if (names === null) return [`${pluginId} uses no account; take out "${account}".`, undefined]
  if (names.length === 0)
    return [
      `${pluginId} has no account "${account}", for none is connected. Connect it on the page of the plugin.`,
      undefined,
    ]
  const meant = didYouMean(account, names)
  const there = `There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`
  return [`${pluginId} has no account "${account}". ${there}`, meant]
}
