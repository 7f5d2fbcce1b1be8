import { useEffect, useRef, type ReactNode } from 'react'
import styles from './dialog.module.css'

/** The browser's own dialog: it holds the focus, Escape closes it, and the page behind is inert. */
export function Dialog({
  title,
  onClose,
  children,
  side,
  wide,
  held = false,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  side?: boolean
  /** For what is to be compared. */
  wide?: boolean
  /** Work is under way: neither Escape nor a click beside it closes it. */
  held?: boolean
}) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    element.current?.showModal()
  }, [])
  return (
    <dialog
      ref={element}
      className={side ? styles.side : wide ? `${styles.dialog} ${styles.wide}` : styles.dialog}
      aria-label={title}
      onClose={onClose}
      onCancel={event => held && event.preventDefault()}
      onClick={event => event.target === element.current && !held && element.current.close()}
    >
      <div className={styles.inside}>
        {!side && <h2 className={styles.title}>{title}</h2>}
        {children}
      </div>
    </dialog>
  )
}
