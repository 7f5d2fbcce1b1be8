import styles from './choices.module.css'

/** One of a few, each with a sentence that says what it means. */
export function Choices<Value extends string>({
  label,
  name,
  values,
  texts,
  value,
  disabled = [],
  onChange,
}: {
  label: string
  name: string
  values: Readonly<Record<Value, string>>
  texts: Readonly<Record<Value, string>>
  value: Value
  /** Shown, and not to be chosen now: their sentences say why. */
  disabled?: readonly Value[]
  onChange: (value: Value) => void
}) {
  return (
    <fieldset className={styles.choices}>
      <legend>{label}</legend>
      {(Object.keys(values) as Value[]).map(key => (
        <label key={key} className={styles.choice} data-disabled={disabled.includes(key)}>
          <input
            type="radio"
            name={name}
            value={key}
            checked={value === key}
            disabled={disabled.includes(key)}
            onChange={() => onChange(key)}
          />
          <span>
            {values[key]}
            <small>{texts[key]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
