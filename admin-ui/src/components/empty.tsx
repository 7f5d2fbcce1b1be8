import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from '../router.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './empty.module.css'

/** Nothing here yet: says what would be here and how to get it. */
export function Empty({
  icon,
  title,
  text,
  children,
}: {
  icon: IconName
  title: string
  text: string
  children?: ReactNode
}) {
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      <p>{text}</p>
      {children && <div className={styles.actions}>{children}</div>}
    </div>
  )
}

/** A line where a part of a page has nothing to show. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={styles.nothing}>{children}</p>
}

export function DemoPageButton({ label, variant = 'filled' }: { label: string; variant?: 'filled' | 'default' }) {
  return (
    <Button
      component="a"
      href="/l/demo"
      target="_blank"
      rel="noreferrer"
      variant={variant}
      rightSection={<Icon name="external" size={15} />}
    >
      {label}
    </Button>
  )
}

export function LinkButton({
  to,
  label,
  variant = 'default',
}: {
  to: string
  label: string
  variant?: 'filled' | 'default'
}) {
  return (
    <Button renderRoot={({ type: _type, ...props }) => <Link to={to} {...props} />} variant={variant}>
      {label}
    </Button>
  )
}
