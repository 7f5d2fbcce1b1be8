import { LanguageSwitch } from '../../components/language-switch.tsx'
import { Mark } from '../../components/mark.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { SecondFactorCard } from '../settings/second-factor.tsx'
import styles from './session.module.css'

/** Stands before everything else for who has to have a second factor and has none. */
export function EnrolPage({ onDone }: { onDone: () => void }) {
  const { t } = useLanguage()
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <p className={styles.mark}>
          <Mark /> {t.product}
        </p>
        <p className={styles.text}>{t.settings.factor.asked}</p>
        <SecondFactorCard active={false} onChanged={onDone} />
      </div>
      <LanguageSwitch />
    </main>
  )
}
