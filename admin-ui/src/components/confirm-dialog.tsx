import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLanguage } from '../i18n/messages.tsx'
import styles from './confirm-dialog.module.css'
import { Dialog } from './dialog.tsx'
import { type Sent, SendingProblem, useSending } from './sending.tsx'

/** Says what will happen and asks; shows what stood in the way together with what to do about it. */
export function ConfirmDialog({
  title,
  confirm,
  danger,
  wide,
  send,
  onDone,
  onClose,
  children,
}: {
  title: string
  confirm: string
  danger?: boolean
  wide?: boolean
  send: () => Promise<Sent>
  /** Where something else than closing comes after it. */
  onDone?: () => void
  onClose: () => void
  children: ReactNode
}) {
  const { t } = useLanguage()
  const { sending, problem, send: submit } = useSending()
  return (
    <Dialog title={title} onClose={onClose} {...(wide ? { wide } : {})}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          void submit(send).then(done => done && (onDone ?? onClose)())
        }}
      >
        {children}
        <SendingProblem problem={problem} />
        <div className={styles.answers}>
          <Button variant="default" onClick={onClose}>
            {t.common.back}
          </Button>
          <Button type="submit" loading={sending} {...(danger ? { color: 'red' } : {})}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
