import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { useLanguage } from '../i18n/messages.tsx'
import type { UserError } from '../api/schema.ts'
import type { Messages } from '../i18n/pt-BR.ts'
import { Icon } from './icon.tsx'
import styles from './failure.module.css'

/** A request that failed: what happened in plain words, the host's own text when it helps, and a way on. */
export function Failure({ error, onRetry }: { error: CombinedError; onRetry: () => void }) {
  const { t } = useLanguage()
  const { text, detail } = explain(error, t)
  return (
    <div role="alert" className={styles.failure}>
      <Icon name="alert" size={20} className={styles.icon} />
      <div className={styles.words}>
        <h2>{t.failure.title}</h2>
        <p>{text}</p>
        {detail && <pre>{detail}</pre>}
        <Button variant="default" size="xs" onClick={onRetry} leftSection={<Icon name="retry" size={15} />}>
          {t.common.retry}
        </Button>
      </div>
    </div>
  )
}

/** What the host refused, in words of the interface; its own sentence, which names the thing, stands behind them. */
export function refusalText({ code, message }: Pick<UserError, 'code' | 'message'>, t: Messages): string {
  return t.refused(t.userErrors[code], message)
}

export function explain(error: CombinedError, t: Messages): { text: string; detail?: string } {
  if (error.networkError) return { text: t.failure.unreachable }
  const [first] = error.graphQLErrors
  switch (first?.extensions['code']) {
    case 'RATE_LIMITED':
      return { text: t.failure.limited }
    case 'FORBIDDEN':
      return { text: t.failure.forbidden }
    default: {
      const requestId = first?.extensions['requestId']
      return { text: t.failure.other, detail: [first?.message ?? error.message, requestId].filter(Boolean).join('\n') }
    }
  }
}

/** A bug on one page must not take the frame down with it. */
export class CrashGuard extends Component<{ path: string; t: Messages; children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {}
  static getDerivedStateFromError(error: unknown) {
    return { error }
  }
  override componentDidUpdate(before: { path: string }) {
    if (before.path !== this.props.path && this.state.error !== undefined) this.setState({ error: undefined })
  }
  override render() {
    const { t, children } = this.props
    if (this.state.error === undefined) return children
    return (
      <div className={styles.crash}>
        <div role="alert" className={styles.failure}>
          <Icon name="alert" size={20} className={styles.icon} />
          <div className={styles.words}>
            <h2>{t.failure.crashed}</h2>
            <p>{t.failure.crashedText}</p>
            <pre>{String(this.state.error)}</pre>
            <Button variant="default" size="xs" onClick={() => location.reload()}>
              {t.failure.reload}
            </Button>
          </div>
        </div>
      </div>
    )
  }
}
