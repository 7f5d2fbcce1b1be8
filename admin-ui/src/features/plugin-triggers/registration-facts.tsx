import { explain, refusalText } from '../../components/failure.tsx'
import { Button, NativeSelect } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useMutation } from 'urql'
import type { PluginTriggerMode, PluginTriggerRegistration } from '../../api/schema.ts'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { Fact } from './fact.tsx'
import styles from './plugin-triggers.module.css'
import { SWITCH } from './trigger-operations.ts'

const MODES: readonly PluginTriggerMode[] = ['AUTO', 'ON', 'OFF']
/** The host talks to vendors every few seconds. */
const LOOK_MS = 3000

/** How a trigger stands that its plugin registers at the vendor by itself, and what an admin may do about it. */
export function RegistrationFacts({
  triggerId,
  registration,
  reload,
}: {
  triggerId: string
  registration: PluginTriggerRegistration
  reload: () => void
}) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [{ fetching }, send] = useMutation(SWITCH)
  const [problem, setProblem] = useState<string>()
  const { status, mode, expiresAt, lastError, failures } = registration
  const underWay = status !== 'OFF' && status !== 'REGISTERED' // what failed is tried again by itself
  useEffect(() => {
    if (!underWay) return
    const timer = setInterval(reload, LOOK_MS)
    return () => clearInterval(timer)
  }, [underWay, reload])
  const switchTo = async (wanted: PluginTriggerMode) => {
    const { data, error } = await send({ triggerId, mode: wanted })
    const [refused] = data?.answer.userErrors ?? []
    setProblem(refused ? refusalText(refused, t) : error && explain(error, t).text)
    reload()
  }
  const said =
    status === 'OFF' && mode === 'OFF' ? t.pluginTriggers.registrationOff : t.pluginTriggers.registrations[status]
  return (
    <>
      <Fact name={t.pluginTriggers.atVendor}>
        <span>{said}</span>
        {expiresAt && status === 'REGISTERED' && (
          <p className={styles.dim}>
            {t.pluginTriggers.until} <Time at={expiresAt} as="dateTime" />
          </p>
        )}
        {(problem ?? lastError) && (
          <p className={styles.problem} role="alert">
            <Icon name="alert" size={15} /> {problem ?? `${t.pluginTriggers.failing(failures)} ${lastError}`}
          </p>
        )}
        {status === 'FAILED' && mayAdminister && (
          <Button size="xs" variant="default" mt={8} loading={fetching} onClick={() => void switchTo(mode)}>
            {t.pluginTriggers.tryAgain}
          </Button>
        )}
      </Fact>
      {mayAdminister && (
        <Fact name={t.pluginTriggers.mode}>
          <NativeSelect
            size="xs"
            maw={280}
            aria-label={t.pluginTriggers.mode}
            value={mode}
            disabled={fetching}
            onChange={event => void switchTo(event.currentTarget.value as PluginTriggerMode)}
            data={MODES.map(value => ({ value, label: t.pluginTriggers.modes[value] }))}
          />
        </Fact>
      )}
    </>
  )
}
