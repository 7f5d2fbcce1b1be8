import { Button } from '@mantine/core'
import { CopyButton } from '../../components/copy-button.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './settings.module.css'

/** What is shown this once. */
export function Once({ text, value, onDone }: { text: string; value: string; onDone: () => void }) {
  const { t } = useLanguage()
  return (
    <div className={styles.once} role="status">
      <p>{text}</p>
      <code data-testid="once">{value}</code>
      <div className={styles.controls}>
        <CopyButton text={value} variant="filled" />
        <Button size="xs" variant="default" onClick={onDone}>
          {t.webhooks.done}
        </Button>
      </div>
    </div>
  )
}

/** A link as people hand it on: with this host in front where it came as a path. */
export const fullLink = (link: string) => new URL(link, location.origin).href
