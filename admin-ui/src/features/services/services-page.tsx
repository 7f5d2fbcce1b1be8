import { Button } from '@mantine/core'
import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton, TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { INSTALLATION_UPDATED } from '../plugins/life-operations.ts'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { BindDialog } from './bind-dialog.tsx'
import { CHOICES, type Provider, type ServiceRow, SERVICES } from './service-operations.ts'
import styles from './services.module.css'

const TONES: Record<Provider['status'], Tone> = {
  READY: 'good',
  DISABLED: 'wait',
  NOT_CONNECTED: 'wait',
  REMOVED: 'bad',
}

export function ServicesPage() {
  const { t, locale } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(SERVICES, { locale }, ready)
  useStream(INSTALLATION_UPDATED, () => ({}), {
    onReady: setReady,
    onData: () => loaded.reload(),
    onResumed: () => loaded.reload(),
  })
  const shown = (loaded.data?.services ?? []).filter(service => which !== 'attention' || needsAttention(service))
  return (
    <Page title={t.services.title} subtitle={t.services.subtitle}>
      <FilterBar>
        <Choice
          label={t.services.filter}
          values={{ attention: t.services.attention }}
          value={which === 'attention' ? which : ''}
          onChange={setWhich}
        />
      </FilterBar>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <RowsSkeleton />}
      {loaded.data && shown.length === 0 && (
        <Empty icon="check" title={t.services.noMatchTitle} text={t.services.noMatchText} />
      )}
      <Stack>
        {shown.map(service => (
          <ServiceCard key={service.name} service={service} onChanged={loaded.reload} />
        ))}
      </Stack>
    </Page>
  )
}

const needsAttention = ({ missing, providers }: ServiceRow) =>
  missing.length > 0 || providers.some(({ status }) => status !== 'READY')

function ServiceCard({ service, onChanged }: { service: ServiceRow; onChanged: () => void }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [binding, setBinding] = useState(false)
  const [open, setOpen] = useState(false)
  const title = t.services.names[service.name] ?? service.title
  return (
    <Card
      title={title}
      note={service.name}
      aside={
        mayAdminister && (
          <Button size="xs" variant="default" onClick={() => setBinding(true)}>
            {t.services.change}
          </Button>
        )
      }
    >
      {service.providers.length === 0 ? (
        <Nothing>{t.services.nobody}</Nothing>
      ) : (
        <ol className={styles.providers} aria-label={t.services.providers}>
          {service.providers.map(provider => (
            <li key={`${provider.pluginId}:${provider.account ?? ''}`}>
              <strong>{provider.title}</strong>
              {provider.account !== null && <code>{provider.account}</code>}
              <span className={styles.dim}>
                {provider.condition === null ? (
                  t.services.always
                ) : (
                  <>
                    {t.services.when} <code>{provider.condition}</code>
                  </>
                )}
              </span>
              <Status tone={TONES[provider.status]} label={t.services.statuses[provider.status]} />
              {provider.reason && <span className={styles.dim}>{provider.reason}</span>}
            </li>
          ))}
        </ol>
      )}
      {service.providers.length > 0 && service.missing.length > 0 && (
        <p className={styles.missing}>{t.services.missing(service.missing.join(', '))}</p>
      )}
      {service.others.length > 0 && (
        <p className={styles.dim}>
          {t.services.others} {service.others.map(other => other.title).join(', ')}
        </p>
      )}
      <details className={styles.choices} onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>{t.services.choices}</summary>
        {open && <Choices service={service.name} />}
      </details>
      {binding && (
        <BindDialog
          service={service}
          title={title}
          onDone={() => {
            setBinding(false)
            onChanged()
          }}
          onClose={() => setBinding(false)}
        />
      )}
    </Card>
  )
}

function Choices({ service }: { service: string }) {
  const { t } = useLanguage()
  const loaded = useLoaded(CHOICES, { service })
  if (loaded.error) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!loaded.data) return <TextSkeleton lines={3} />
  if (loaded.data.serviceChoices.length === 0) return <Nothing>{t.services.choicesEmpty}</Nothing>
  return (
    <ul className={styles.list}>
      {loaded.data.serviceChoices.map(({ run, step, pluginId }, index) => (
        <li key={index}>
          <strong>{pluginId ?? t.services.nobodyCould}</strong>
          <code>{step.uses}</code>
          {step.account !== null && <span className={styles.dim}>{step.account}</span>}
          <span className={styles.dim}>{t.run.statuses[step.status]}</span>
          {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{run.playbook.name}</Link>}
          {step.finishedAt && (
            <span className={styles.dim}>
              <Time at={step.finishedAt} />
            </span>
          )}
          {step.passedOver.map(passed => (
            <span key={`${passed.pluginId}:${passed.account ?? ''}`} className={styles.passed}>
              {t.services.passedOver(
                passed.account === null ? passed.pluginId : `${passed.pluginId} (${passed.account})`,
                passed.error.message,
              )}
            </span>
          ))}
        </li>
      ))}
    </ul>
  )
}
