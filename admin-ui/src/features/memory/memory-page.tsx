import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useMutation } from 'urql'
import type { MemoryFilter, MemoryKind, MemoryOutcome } from '../../api/schema.ts'
import { withNodeBy, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Icon } from '../../components/icon.tsx'
import { JsonView } from '../../components/json-view.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import {
  CHANGED,
  type Change,
  ENTRIES,
  type EntryRow,
  FORGET,
  type Match,
  SEARCH,
  STATUS,
} from './memory-operations.ts'
import styles from './memory.module.css'

export function MemoryPage() {
  const { t } = useLanguage()
  const [kind, setKind] = useParameter('type')
  const [outcome, setOutcome] = useParameter('outcome')
  const [search, setSearch] = useParameter('q')
  const filter: MemoryFilter = {
    ...(kind in t.memory.kinds && { types: [kind as MemoryKind] }),
    ...(outcome in t.memory.outcomes && { outcomes: [outcome as MemoryOutcome] }),
  }
  return (
    <Page title={t.memory.title} subtitle={t.memory.subtitle}>
      <State />
      <FilterBar>
        <Search label={t.memory.searchLabel} value={search} onChange={setSearch} />
        <Choice
          label={t.memory.kind}
          all={t.common.allFeminine}
          values={t.memory.kinds}
          value={kind}
          onChange={setKind}
        />
        <Choice
          label={t.memory.outcome}
          all={t.common.allFeminine}
          values={t.memory.outcomes}
          value={outcome}
          onChange={setOutcome}
        />
      </FilterBar>
      {search.trim() === '' ? (
        <Entries filter={filter} filtered={Boolean(kind || outcome)} />
      ) : (
        <Found query={search.trim()} filter={filter} />
      )}
    </Page>
  )
}

/** Where vectors are, who makes them, and what stands in the way. */
function State() {
  const { t } = useLanguage()
  const { data, reload } = useLoaded(STATUS, {})
  const [last, setLast] = useState<Heard>()
  const soon = useSoon()
  useStream(CHANGED, () => ({}), {
    key: 'memory-state',
    onData: ({ memoryChanged: { change, entry } }) => {
      setLast({ change, entry, at: new Date().toISOString() })
      soon(reload)
    },
    onResumed: reload,
  })
  useEffect(() => {
    if (data?.memoryStatus.waiting) soon(reload) // vectors are made behind the entries, and nobody tells of them
  }, [data, reload, soon])
  if (!data) return null
  const { entries, waiting, embedder, embedsHere, store, engine, movingTo, leaving, moved, toMove, failure, model } =
    data.memoryStatus
  return (
    <section className={styles.state} aria-label={t.memory.state}>
      <Fact name={t.memory.entries} value={t.memory.count(entries, waiting)} />
      <Fact name={t.memory.embedder} value={embedsHere ? t.memory.here : embedder} />
      <Fact
        name={t.memory.store}
        value={`${t.memory.stores[store]}${engine && store === 'DATABASE' ? ` · ${t.memory.engine(engine)}` : ''}`}
      />
      <Fact name={t.memory.model} value={model ?? t.memory.noModel} />
      <p role="status" className={styles.live}>
        <span className={styles.pulse} aria-hidden="true" />
        {last ? (
          <>
            {t.memory.heard[last.change]} {last.entry && <code>{last.entry.key}</code>} <Time at={last.at} />
          </>
        ) : (
          t.memory.live
        )}
      </p>
      {movingTo && (
        <p role="status">
          <Icon name="retry" size={16} /> {t.memory.moving(t.memory.stores[movingTo], moved, toMove)}
        </p>
      )}
      {leaving && (
        <p role="status">
          <Icon name="retry" size={16} /> {t.memory.leaving(t.memory.stores[leaving])}
        </p>
      )}
      {failure && (
        <p role="alert" className={styles.failure}>
          <Icon name="alert" size={16} /> {t.memory.failed} {failure}
        </p>
      )}
    </section>
  )
}

interface Heard extends Pick<Change, 'change' | 'entry'> {
  readonly at: string
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className={styles.fact}>
      <span>{name}</span>
      <strong>{value}</strong>
    </div>
  )
}

function Entries({ filter, filtered }: { filter: MemoryFilter; filtered: boolean }) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const list = useList(ENTRIES, { filter }, ready)
  const fits = ({ type, outcome }: EntryRow) =>
    (!filter.types || filter.types.includes(type)) &&
    (!filter.outcomes || (outcome !== null && filter.outcomes.includes(outcome)))
  useStream(CHANGED, () => ({}), {
    key: 'memory-entries',
    onReady: setReady,
    onData: ({ memoryChanged: { entryId, entry } }) => {
      if (entryId === null) list.reload()
      else
        list.change(data => ({
          list:
            entry && fits(entry)
              ? withNodeBy(data.list, entry, ({ timestamp }) => timestamp)
              : withoutNode(data.list, entryId),
        }))
    },
    onResumed: () => list.reload(),
  })
  if (list.error) return <Failure error={list.error} onRetry={list.reload} />
  if (!list.data) return <RowsSkeleton />
  if (list.nodes.length === 0)
    return filtered ? (
      <Empty icon="search" title={t.memory.noMatchTitle} text={t.memory.noMatchText} />
    ) : (
      <Empty icon="memory" title={t.memory.emptyTitle} text={t.memory.emptyText} />
    )
  return (
    <>
      <Stack>
        {list.nodes.map(entry => (
          <Entry key={entry.id} entry={entry} onForgotten={list.reload} />
        ))}
      </Stack>
      <MoreButton list={list} />
    </>
  )
}

function Found({ query, filter }: { query: string; filter: MemoryFilter }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(SEARCH, { query, filter })
  const soon = useSoon()
  useStream(CHANGED, () => ({}), { key: 'memory-found', onData: () => soon(reload), onResumed: reload })
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) return <RowsSkeleton />
  const { matches, withoutMeaning } = data.memorySearch
  return (
    <>
      {withoutMeaning !== null && (
        <p role="status" className={styles.failure}>
          <Icon name="alert" size={16} /> {t.memory.wordsOnly} {withoutMeaning}
        </p>
      )}
      {matches.length === 0 && <Empty icon="search" title={t.memory.noMatchTitle} text={t.memory.noMatchText} />}
      <Stack>
        {matches.map(match => (
          <Entry key={match.entry.id} entry={match.entry} match={match} onForgotten={reload} />
        ))}
      </Stack>
    </>
  )
}

function Entry({ entry, match, onForgotten }: { entry: EntryRow; match?: Match; onForgotten: () => void }) {
  const { t } = useLanguage()
  const [open, setOpen] = useState(false)
  const [forgetting, setForgetting] = useState(false)
  const hasData = Object.keys(entry.data as object).length > 0
  return (
    <Card>
      <article className={styles.entry}>
        <header>
          <span className={styles.badge}>{t.memory.kinds[entry.type]}</span>
          {entry.outcome && (
            <span className={styles.badge} data-outcome={entry.outcome}>
              {t.memory.outcomes[entry.outcome]}
            </span>
          )}
          <code>{entry.key}</code>
          <Time at={entry.timestamp} />
        </header>
        <p className={styles.content}>
          {match && !open
            ? match.highlights.map(({ text, hit }, i) =>
                hit ? <mark key={i}>{text}</mark> : <span key={i}>{text}</span>,
              )
            : open || entry.content.length <= 280
              ? entry.content
              : `${entry.content.slice(0, 280)}…`}
        </p>
        {open && (
          <dl className={styles.facts}>
            {match && <Said name={t.memory.foundBy} value={t.memory.by[match.by]} />}
            <Said name={t.memory.origin} value={entry.origin} />
            <Said name={t.memory.importance} value={String(Math.round(entry.importance * 100) / 100)} />
            {entry.expiresAt && <Said name={t.memory.expires} value={<Time at={entry.expiresAt} />} />}
            {!entry.embedded && <Said name={t.memory.vector} value={t.memory.vectorWaiting} />}
          </dl>
        )}
        {open && hasData && <JsonView value={entry.data} label={entry.key} />}
        <footer>
          <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t.common.hide : t.common.details}
          </Button>
          <Button size="xs" variant="subtle" color="red" onClick={() => setForgetting(true)}>
            {t.memory.forget}
          </Button>
        </footer>
      </article>
      {forgetting && <Forget entry={entry} onClose={() => setForgetting(false)} onDone={onForgotten} />}
    </Card>
  )
}

function Said({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Forget({ entry, onClose, onDone }: { entry: EntryRow; onClose: () => void; onDone: () => void }) {
  const { t } = useLanguage()
  const [, forget] = useMutation(FORGET)
  return (
    <ConfirmDialog
      title={t.memory.forgetTitle}
      confirm={t.memory.forget}
      danger
      send={async () => {
        const { data, error } = await forget({ key: entry.key })
        return { error, answer: data?.memoryForget }
      }}
      onDone={() => {
        onClose()
        onDone()
      }}
      onClose={onClose}
    >
      <p>{t.memory.forgetText}</p>
      <p>
        <code>{entry.key}</code>
      </p>
    </ConfirmDialog>
  )
}
