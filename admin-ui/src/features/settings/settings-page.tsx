import { Page } from '../../components/page.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import type { PageProps } from '../shell/page-props.ts'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { AccountSection } from './account-section.tsx'
import { AuditSection } from './audit-section.tsx'
import { BackupsSection } from './backups-section.tsx'
import { KeysSection } from './keys-section.tsx'
import { MailboxSection } from './mailbox-section.tsx'
import { PeopleSection } from './people-section.tsx'
import { PrivacySection } from './privacy-section.tsx'
import styles from './settings.module.css'

const SECTIONS = {
  account: AccountSection,
  people: PeopleSection,
  mailbox: MailboxSection,
  keys: KeysSection,
  privacy: PrivacySection,
  audit: AuditSection,
  backups: BackupsSection,
} as const
type Section = keyof typeof SECTIONS

/** What is about people and keys, not about leads: a section for each address `/settings/<section>`. */
export function SettingsPage({ id }: PageProps) {
  const { t } = useLanguage()
  const administers = useMayAdminister()
  const shown = (Object.keys(SECTIONS) as Section[]).filter(
    section => administers || section === 'account' || section === 'people',
  )
  const current = shown.find(section => section === id) ?? 'account'
  const Current = SECTIONS[current]
  return (
    <Page title={t.settings.title} subtitle={t.settings.subtitles[current]}>
      <nav className={styles.tabs} aria-label={t.settings.title} ref={showCurrent}>
        {shown.map(section => (
          <Link key={section} to={`/settings/${section}`} aria-current={section === current ? 'page' : undefined}>
            {t.settings.sections[section]}
          </Link>
        ))}
      </nav>
      <Current />
    </Page>
  )
}

/** On a narrow screen the tabs scroll sideways: who comes to the last one sees that it is the one. */
function showCurrent(tabs: HTMLElement | null): void {
  tabs?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
}
