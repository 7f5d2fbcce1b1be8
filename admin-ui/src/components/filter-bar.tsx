import { TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useLanguage } from '../i18n/messages.tsx'
import { Icon } from './icon.tsx'
import styles from './filter-bar.module.css'

/** One of several values, or all: buttons that scroll sideways where they do not fit. */
export function Choice<Value extends string>({
  label,
  all,
  allAt = 0,
  values,
  value,
  onChange,
}: {
  label: string
  /** What stands for no choice; "all" without it. */
  all?: string
  /** How many stand before it. */
  allAt?: number
  values: Readonly<Record<Value, string>>
  value: string
  onChange: (value: Value | '') => void
}) {
  const { t } = useLanguage()
  const entries = (Object.entries(values) as [Value | '', string][]).toSpliced(allAt, 0, ['', all ?? t.common.all])
  return (
    <div className={styles.choice} role="group" aria-label={label}>
      {entries.map(([key, name]) => (
        <button key={key} type="button" aria-pressed={value === key} onClick={() => onChange(key)}>
          {name}
        </button>
      ))}
    </div>
  )
}

/** One of many values, or all. */
export function Pick({
  label,
  all,
  values,
  value,
  onChange,
}: {
  label: string
  all: string
  values: readonly (readonly [value: string, name: string])[]
  value: string
  onChange: (value: string) => void
}) {
  return (
    <select
      className={styles.pick}
      aria-label={label}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {values.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  )
}

const PAUSE_MS = 300

/** A search field that asks once the person has stopped typing. */
export function Search({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) {
  const [text, setText] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setText(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <TextInput
      type="search"
      className={styles.search}
      aria-label={label}
      placeholder={label}
      value={text}
      leftSection={<Icon name="search" size={16} />}
      onChange={event => {
        const next = event.currentTarget.value
        setText(next)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => onChange(next.trim()), PAUSE_MS)
      }}
    />
  )
}

export function FilterBar({ children }: { children: React.ReactNode }) {
  return <div className={styles.bar}>{children}</div>
}
