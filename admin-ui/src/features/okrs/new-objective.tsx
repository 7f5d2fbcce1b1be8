import { Button, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { MetricName } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { PEOPLE } from '../settings/settings-operations.ts'
import { numberOf } from './number-of.ts'
import { CREATE_OBJECTIVE } from './okr-operations.ts'
import styles from './okrs.module.css'

interface Draft {
  readonly title: string
  readonly metric: MetricName | ''
  readonly start: string
  readonly target: string
}
const BLANK: Draft = { title: '', metric: '', start: '', target: '' }
const MOST = 10
const isShare = (metric: MetricName | '') => metric === 'WIN_RATE' || metric === 'ANSWERED'

/** A new objective with its key results. */
export function NewObjective({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const people = useList(PEOPLE, {})
  const create = useChange(CREATE_OBJECTIVE)
  const [key] = useState(() => crypto.randomUUID())
  const [title, setTitle] = useState('')
  const [description, setDescription] = useState('')
  const [person, setPerson] = useState('')
  const [startsOn, setStartsOn] = useState(() => new Date().toLocaleDateString('sv'))
  const [dueOn, setDueOn] = useState('')
  const [results, setResults] = useState<readonly Draft[]>([BLANK])
  const change = (index: number, patch: Partial<Draft>) =>
    setResults(results.map((one, n) => (n === index ? { ...one, ...patch } : one)))
  /** Shares are typed in percent. */
  const figure = (text: string, metric: MetricName | '') => {
    const value = numberOf(text)
    return value === null ? null : isShare(metric) ? value / 100 : value
  }
  return (
    <ConfirmDialog
      title={t.okrs.write}
      confirm={t.okrs.save}
      send={() =>
        create.apply({
          title,
          description: description.trim() || null,
          responsibleId: person || null,
          startsOn,
          dueOn,
          keyResults: results.map(({ title, metric, start, target }) => ({
            title,
            metric: metric || null,
            start: figure(start, metric),
            target: figure(target, metric) ?? Number.NaN,
          })),
          idempotencyKey: key,
        })
      }
      onDone={onDone}
      onClose={onClose}
    >
      <TextInput
        required
        data-autofocus
        label={t.okrs.objective}
        placeholder={t.okrs.objectiveExample}
        value={title}
        maxLength={300}
        onChange={event => setTitle(event.currentTarget.value)}
      />
      <Textarea
        label={t.okrs.description}
        value={description}
        maxLength={5000}
        autosize
        onChange={event => setDescription(event.currentTarget.value)}
      />
      <div className={styles.fields}>
        <label className={styles.field}>
          {t.okrs.responsible}
          <select value={person} onChange={event => setPerson(event.currentTarget.value)}>
            <option value="">{t.okrs.nobody}</option>
            {people.nodes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <TextInput
          required
          type="date"
          label={t.okrs.startsOn}
          value={startsOn}
          onChange={event => setStartsOn(event.currentTarget.value)}
        />
        <TextInput
          required
          type="date"
          label={t.okrs.dueOn}
          value={dueOn}
          min={startsOn}
          onChange={event => setDueOn(event.currentTarget.value)}
        />
      </div>
      {results.map((result, index) => (
        <fieldset key={index} className={styles.draft}>
          <legend>{t.okrs.keyResult(index + 1)}</legend>
          <TextInput
            required
            label={t.okrs.keyResultTitle}
            placeholder={t.okrs.keyResultExample}
            value={result.title}
            maxLength={300}
            onChange={event => change(index, { title: event.currentTarget.value })}
          />
          <div className={styles.fields}>
            <label className={styles.field}>
              {t.okrs.figure}
              <select
                value={result.metric}
                onChange={event => change(index, { metric: event.currentTarget.value as MetricName | '' })}
              >
                <option value="">{t.okrs.byHand}</option>
                {(Object.entries(t.dashboard.metrics) as [MetricName, string][]).map(([name, text]) => (
                  <option key={name} value={name}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            <TextInput
              inputMode="decimal"
              label={isShare(result.metric) ? t.okrs.startPercent : t.okrs.start}
              placeholder="0"
              value={result.start}
              onChange={event => change(index, { start: event.currentTarget.value })}
            />
            <TextInput
              required
              inputMode="decimal"
              label={isShare(result.metric) ? t.okrs.targetPercent : t.okrs.target}
              value={result.target}
              onChange={event => change(index, { target: event.currentTarget.value })}
            />
          </div>
          {results.length > 1 && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setResults(results.filter((_, n) => n !== index))}
            >
              {t.okrs.removeKeyResult}
            </Button>
          )}
        </fieldset>
      ))}
      {results.length < MOST && (
        <Button variant="default" size="xs" onClick={() => setResults([...results, BLANK])}>
          {t.okrs.addKeyResult}
        </Button>
      )}
    </ConfirmDialog>
  )
}
