import { useState } from 'react'
import type { IncidentStatus } from '../../api/schema.ts'
import { nodesOf } from '../../api/connection.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { INCIDENT_UPDATED, INCIDENTS } from './task-operations.ts'
import { moduleName } from './module-name.ts'
import styles from './tasks.module.css'

const NOTHING: Record<string, never> = {}
const TONES: Readonly<Record<IncidentStatus, Tone>> = {
  RESTARTING: 'live',
  WATCHING: 'wait',
  ESCALATED: 'bad',
  RESOLVED: 'good',
}

/** Modules that failed lately, and what the brain did about it. */
export function IncidentsCard() {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const incidents = useLoaded(INCIDENTS, NOTHING, ready)
  useStream(INCIDENT_UPDATED, () => NOTHING, {
    onReady: setReady,
    onData: () => incidents.reload(),
    onResumed: () => incidents.reload(),
  })
  const nodes = nodesOf(incidents.data?.incidents)
  return (
    <Card title={t.brain.incidents}>
      {incidents.error && <Failure error={incidents.error} onRetry={incidents.reload} />}
      {incidents.data && nodes.length === 0 && <Nothing>{t.brain.noIncidents}</Nothing>}
      <ul className={styles.incidents}>
        {nodes.map(incident => (
          <li key={incident.id}>
            <div className={styles.head}>
              <strong>{moduleName(incident.module, t)}</strong>
              <Status tone={TONES[incident.status]} label={t.brain.incidentStatuses[incident.status]} />
            </div>
            <p className={styles.error}>{incident.summary}</p>
            <ol>
              {incident.timeline.map((entry, index) => (
                <li key={index}>
                  <span>{t.brain.incidentKinds[entry.kind]}</span> <Time at={entry.at} />
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </Card>
  )
}
