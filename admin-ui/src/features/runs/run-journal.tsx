import { useRef, useState } from 'react'
import { nodesOf } from '../../api/connection.ts'
import type { RunStep } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Messages } from '../../i18n/pt-BR.ts'
import { JOURNAL, RUN_EVENT_APPENDED, type JournalLine } from './run-operations.ts'
import styles from './run.module.css'

/** The kinds that the engine writes, in the language of the person; what a plugin logs speaks for itself. */
function wordsOf(line: JournalLine, t: Messages): string {
  const kinds: Readonly<Record<string, string>> = t.run.journalKinds
  return kinds[line.kind] ?? line.message
}

const SHOWN = 60

/** The journal as it is written: the first page is loaded, the rest and all that follows comes after its cursor. */
export function RunJournal({ id, steps }: { id: string; steps: readonly RunStep[] }) {
  const { t } = useLanguage()
  const loaded = useLoaded(JOURNAL, { id })
  const first = loaded.data?.node?.events
  return (
    <Card title={t.run.journal} note={t.run.journalText}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!first && !loaded.error && <TextSkeleton />}
      {first && !loaded.loading && (
        <LiveLines
          key={id}
          id={id}
          titles={new Map(steps.map(step => [step.path, step.title]))}
          first={nodesOf(first)}
          cursor={first.pageInfo.endCursor}
        />
      )}
    </Card>
  )
}

function LiveLines({
  id,
  titles,
  first,
  cursor,
}: {
  id: string
  titles: ReadonlyMap<string, string>
  first: readonly JournalLine[]
  cursor: string | null
}) {
  const { t } = useLanguage()
  const [lines, setLines] = useState(first)
  const [all, setAll] = useState(false)
  const after = useRef(cursor)
  useStream(RUN_EVENT_APPENDED, () => ({ id, after: after.current }), {
    onData: ({ runEventAppended: { event, cursor } }) => {
      after.current = cursor
      setLines(lines => (event.seq > (lines.at(-1)?.seq ?? -1) ? [...lines, event] : lines))
    },
  })
  if (lines.length === 0) return <Nothing>{t.run.journalEmpty}</Nothing>
  const hidden = all ? 0 : Math.max(0, lines.length - SHOWN)
  return (
    <>
      {hidden > 0 && (
        <button type="button" className={styles.earlier} onClick={() => setAll(true)}>
          {t.run.earlier(hidden)}
        </button>
      )}
      <ol className={styles.journal} aria-live="polite" aria-relevant="additions">
        {lines.slice(hidden).map(line => (
          <li key={line.seq}>
            <span className={styles.when}>
              <Time at={line.occurredAt} as="clock" />
            </span>
            <span className={styles.what}>
              {wordsOf(line, t)}
              {line.path && <span className={styles.about}>{titles.get(line.path)}</span>}
              {line.path && (
                <code className={styles.path}>
                  {line.path}
                  {line.attempt !== null && line.attempt > 1 && ` · ${t.run.attempt(line.attempt)}`}
                </code>
              )}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
