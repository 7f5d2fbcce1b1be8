import { LOCALES, useLanguage } from '../i18n/messages.tsx'
import styles from './language-switch.module.css'

const SHORT = { 'pt-BR': 'PT', en: 'EN' } as const

export function LanguageSwitch() {
  const { t, locale, choose } = useLanguage()
  return (
    <div className={styles.switch} role="group" aria-label={t.language.label}>
      {LOCALES.map(each => (
        <button
          key={each}
          type="button"
          lang={each}
          title={t.language[each]}
          aria-label={t.language[each]}
          aria-pressed={each === locale}
          onClick={() => choose(each)}
        >
          {SHORT[each]}
        </button>
      ))}
    </div>
  )
}
