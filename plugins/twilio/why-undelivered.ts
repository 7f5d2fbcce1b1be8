import type { Context } from 'trae-os/sdk'

/** Codes of messages that did not arrive, of which there is more to say than Twilio does: twilio.com/docs/api/errors. */
const EXPLAINED = [21610, 30003, 30004, 30005, 30006, 30007, 30008, 63003, 63016, 63024]

/** Why a message did not arrive and what to do now, for people, in the language of the workspace. */
export function whyUndelivered(ctx: Pick<Context, 't' | 'workspace'>, code: number | null, status: string): string {
  const { locale } = ctx.workspace
  if (code !== null && EXPLAINED.includes(code)) return `${ctx.t(`undelivered.${code}`, {}, locale)} (${code})`
  return code === null
    ? ctx.t('undelivered.silent', { status }, locale)
    : ctx.t('undelivered.other', { status, code }, locale)
}
