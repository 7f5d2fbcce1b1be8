import { Button } from '@mantine/core'
import { useLanguage } from '../i18n/messages.tsx'
import { useParameter } from '../router.tsx'
import styles from './filter-bar.module.css'

/** The period that the address names, as the links of the dashboard do: two instants, '' where it names none. */
export function usePeriod() {
  const [from, setFrom] = useParameter('from')
  const [to, setTo] = useParameter('to')
  const is = (instant: string) => (Number.isNaN(Date.parse(instant)) ? '' : instant)
  return {
    from: is(from),
    to: is(to),
    clear: () => {
      setFrom('')
      setTo('')
    },
  }
}

/** Says that a list shows less than everything, and lets go of it. */
export function Narrowed({ children, onClear }: { children: string; onClear: () => void }) {
  const { t } = useLanguage()
  return (
    <p className={styles.narrowed}>
      <span>{children}</span>
      <Button size="compact-xs" variant="default" onClick={onClear}>
        {t.common.showAll}
      </Button>
    </p>
  )
}
