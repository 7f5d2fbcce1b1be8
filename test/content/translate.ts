import type { Translate } from '../../core/sdk/context.ts'

/** `ctx.t` as the sandbox does it, over a plugin's own messages. */
export function translatorOf(
  messages: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined,
  ctxLocale = 'pt-BR',
): Translate {
  return (key, values = {}, locale = ctxLocale) => {
    const text = messages?.[locale]?.[key] ?? messages?.['en']?.[key] ?? key
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
  }
}
