import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useMutation } from 'urql'
import type { PluginTrigger } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { CodeText } from '../../components/code-text.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { explain, Failure, refusalText } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import styles from './plugin-triggers.module.css'
import { Fact } from './fact.tsx'
import { RegistrationFacts } from './registration-facts.tsx'
import { ROTATE_KEY, TELL_AGAIN, TRIGGERS } from './trigger-operations.ts'

/** The host tells plugins every second. */
const LOOK_MS = 3000

/** What a plugin hears of: addresses to enter at its vendor, how its polls stand, what the host tells it. Nothing where it hears nothing. */
export function PluginTriggers({ installationId }: { installationId: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(TRIGGERS, { id: installationId })
  const triggers = data?.node?.triggers ?? []
  if (error) return <Failure error={error} onRetry={reload} />
  if (triggers.length === 0) return null
  const several = new Set(triggers.map(({ account }) => account)).size > 1
  return (
    <Card title={t.pluginTriggers.title} note={t.pluginTriggers.text} flush>
      <ul>
        {triggers.map(trigger => (
          <li key={trigger.id} className={styles.trigger}>
            <TriggerView trigger={trigger} several={several} reload={reload} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

function TriggerView({
  trigger,
  several,
  reload,
}: {
  trigger: PluginTrigger
  /** Has the plugin several accounts, each of which listens by itself? */
  several: boolean
  reload: () => void
}) {
  const { t } = useLanguage()
  const { account } = trigger
  const snippet = `- event: ${trigger.eventType}${several ? `\n  account: ${account}` : ''}`
  return (
    <section aria-label={several ? t.accounts.named(trigger.title, account) : trigger.title}>
      <strong>{trigger.title}</strong>
      {several && <code className={styles.of}>{account}</code>}
      <p className={styles.dim}>
        <CodeText text={trigger.description} />
      </p>
      <dl className={styles.facts}>
        {trigger.kind === 'EVENT' ? (
          <ToldFacts trigger={trigger} reload={reload} />
        ) : (
          <Fact name={t.pluginTriggers.event}>
            <span className={styles.copyable}>
              <code className={styles.snippet}>{snippet}</code>
              <CopyButton text={snippet} />
            </span>
          </Fact>
        )}
        {trigger.kind === 'POLL' && <PollFacts trigger={trigger} />}
        {trigger.registration ? (
          <RegistrationFacts triggerId={trigger.id} registration={trigger.registration} reload={reload} />
        ) : (
          trigger.url && <WebhookFacts trigger={trigger} />
        )}
        {trigger.lastEventAt && (
          <Fact name={t.pluginTriggers.lastEvent}>
            <Time at={trigger.lastEventAt} as="dateTime" />
          </Fact>
        )}
      </dl>
      {trigger.lastError && (
        <p className={styles.problem} role="alert">
          <Icon name="alert" size={15} />{' '}
          {trigger.kind === 'EVENT' ? t.pluginTriggers.lastFailure : t.pluginTriggers.failing(trigger.failures)}{' '}
          {trigger.lastError}
        </p>
      )}
    </section>
  )
}

/** Of what the host tells it: which event, and what it is still to be told of. */
function ToldFacts({ trigger, reload }: { trigger: PluginTrigger; reload: () => void }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [{ fetching }, send] = useMutation(TELL_AGAIN)
  const [problem, setProblem] = useState<string>()
  const { waitingEvents: waiting, failedEvents: failed } = trigger
  useEffect(() => {
    if (waiting === failed) return
    const timer = setInterval(reload, LOOK_MS)
    return () => clearInterval(timer)
  }, [waiting, failed, reload])
  const tellAgain = async () => {
    const { data, error } = await send({ triggerId: trigger.id })
    const [refused] = data?.answer.userErrors ?? []
    setProblem(refused ? refusalText(refused, t) : error && explain(error, t).text)
    reload()
  }
  return (
    <>
      <Fact name={t.pluginTriggers.hears}>
        <code>{trigger.eventType}</code>
      </Fact>
      {waiting > failed && <Fact name={t.pluginTriggers.waiting}>{t.pluginTriggers.events(waiting - failed)}</Fact>}
      {failed > 0 && (
        <Fact name={t.pluginTriggers.failed}>
          <span>{t.pluginTriggers.events(failed)}</span>
          {problem && (
            <p className={styles.problem} role="alert">
              <Icon name="alert" size={15} /> {problem}
            </p>
          )}
          {mayAdminister && (
            <Button size="xs" variant="default" ml={12} loading={fetching} onClick={() => void tellAgain()}>
              {t.pluginTriggers.tellAgain}
            </Button>
          )}
        </Fact>
      )}
    </>
  )
}

function PollFacts({ trigger }: { trigger: PluginTrigger }) {
  const { t } = useLanguage()
  return (
    <>
      <Fact name={t.pluginTriggers.every}>{trigger.every}</Fact>
      <Fact name={t.pluginTriggers.lastPoll}>
        {trigger.lastPollAt ? <Time at={trigger.lastPollAt} as="dateTime" /> : t.pluginTriggers.never}
      </Fact>
      {trigger.nextPollAt && (
        <Fact name={t.pluginTriggers.nextPoll}>
          <Time at={trigger.nextPollAt} as="dateTime" />
        </Fact>
      )}
    </>
  )
}

function WebhookFacts({ trigger }: { trigger: PluginTrigger }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const url = new URL(trigger.url ?? '', location.origin).href
  return (
    <>
      <Fact name={t.pluginTriggers.address}>
        <span className={styles.copyable}>
          <code>{url}</code>
          <CopyButton text={url} />
        </span>
      </Fact>
      {trigger.hasSigningKey && mayAdminister && (
        <Fact name={t.pluginTriggers.key}>
          <SigningKey trigger={trigger} />
        </Fact>
      )}
    </>
  )
}

/** Made anew to be shown: the one that is kept is sealed. */
function SigningKey({ trigger }: { trigger: PluginTrigger }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const [plaintext, setPlaintext] = useState<string>()
  const [, rotate] = useMutation(ROTATE_KEY)
  const send = async () => {
    const { data, error } = await rotate({ triggerId: trigger.id })
    setPlaintext(data?.answer.plaintext ?? undefined)
    return { error, answer: data?.answer }
  }
  return (
    <>
      {plaintext === undefined ? (
        <Button size="xs" variant="default" leftSection={<Icon name="key" size={15} />} onClick={() => setAsking(true)}>
          {t.pluginTriggers.rotate}
        </Button>
      ) : (
        <span role="status">
          <span className={styles.copyable}>
            <code>{plaintext}</code>
            <CopyButton text={plaintext} />
          </span>
          <span className={styles.dim}>{t.pluginTriggers.once}</span>
        </span>
      )}
      {asking && (
        <ConfirmDialog
          title={t.pluginTriggers.rotate}
          confirm={t.pluginTriggers.rotate}
          send={send}
          onClose={() => setAsking(false)}
        >
          <p>{t.pluginTriggers.rotateText}</p>
        </ConfirmDialog>
      )}
    </>
  )
}
