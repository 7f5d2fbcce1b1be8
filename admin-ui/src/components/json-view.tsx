import { useState } from 'react'
import type { Json } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import { CopyButton } from './copy-button.tsx'
import { Readable } from './readable.tsx'
import styles from './json-view.module.css'

const LONG = 20_000

/** A JSON value, to read or to copy. */
export function JsonView({ value, label }: { value: Json; label: string }) {
  const { t } = useLanguage()
  const [raw, setRaw] = useState(false)
  const text = JSON.stringify(value, null, 2)
  return (
    <figure className={styles.view}>
      <figcaption className={styles.head}>
        <span>{label}</span>
        <span className={styles.tools}>
          <button type="button" className={styles.toggle} aria-pressed={raw} onClick={() => setRaw(!raw)}>
            {raw ? t.common.readable : t.common.raw}
          </button>
          <CopyButton text={text} variant="subtle" />
        </span>
      </figcaption>
      <div className={styles.body}>
        {raw ? <pre>{text.length > LONG ? `${text.slice(0, LONG)}\n…` : text}</pre> : <Readable value={value} />}
      </div>
    </figure>
  )
}
