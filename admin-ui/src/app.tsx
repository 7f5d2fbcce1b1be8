import { createTheme, MantineProvider } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Session } from './features/sign-in/session.tsx'
import { Shell } from './features/shell/shell.tsx'
import { LanguageContext, loadLanguage, rememberLocale, type Language } from './i18n/messages.tsx'

const theme = createTheme({
  primaryColor: 'teal',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: false,
})

/**
 * Mantine would write its variables into <style> elements, which a strict content security policy forbids; they come
 * from its own file and theme.css instead.
 */
export function App({ language: first }: { language: Pick<Language, 'locale' | 't' | 'format'> }) {
  const [loaded, setLoaded] = useState(first)
  const language = useMemo<Language>(
    () => ({
      ...loaded,
      choose: locale => {
        rememberLocale(locale)
        document.documentElement.lang = locale
        void loadLanguage(locale).then(setLoaded)
      },
    }),
    [loaded],
  )
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <LanguageContext value={language}>
        <Session>
          <Shell />
        </Session>
      </LanguageContext>
    </MantineProvider>
  )
}
