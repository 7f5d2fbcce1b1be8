import { createContext, useContext } from 'react'
import { createFormat, type Format } from './format.ts'
import type { Messages } from './pt-BR.ts'

export const LOCALES = ['pt-BR', 'en'] as const
export type Locale = (typeof LOCALES)[number]

/** Only the language in use is downloaded. */
const LOAD: Record<Locale, () => Promise<Messages>> = {
  'pt-BR': async () => (await import('./pt-BR.ts')).ptBR,
  en: async () => (await import('./en.ts')).en,
}

export interface Language {
  readonly locale: Locale
  readonly t: Messages
  readonly format: Format
  readonly choose: (locale: Locale) => void
}

export async function loadLanguage(locale: Locale): Promise<Pick<Language, 'locale' | 't' | 'format'>> {
  return { locale, t: await LOAD[locale](), format: createFormat(locale) }
}

const REMEMBERED = 'trae.locale'

/** What the person chose here before, else the first language of the browser that we speak, else Portuguese. */
export function preferredLocale(): Locale {
  const wanted = [localStorage.getItem(REMEMBERED), ...navigator.languages]
  for (const tag of wanted) {
    if (tag?.toLowerCase().startsWith('pt')) return 'pt-BR'
    if (tag?.toLowerCase().startsWith('en')) return 'en'
  }
  return 'pt-BR'
}

export function rememberLocale(locale: Locale): void {
  localStorage.setItem(REMEMBERED, locale)
}

export const LanguageContext = createContext<Language | undefined>(undefined)

export function useLanguage(): Language {
  const language = useContext(LanguageContext)
  if (!language) throw new Error('useLanguage is called outside LanguageContext: wrap the tree in it, as app.tsx does.')
  return language
}
