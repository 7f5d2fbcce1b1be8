import { useEffect, useRef } from 'react'
import { useMutation } from 'urql'
import { Card } from '../../components/card.tsx'
import { LinkButton } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { FINISH } from './account-operations.ts'

/** Where a vendor sends a person back to after a sign-in: ends it, and goes on to the plugin. */
export function ReturnPage() {
  const { t } = useLanguage()
  const { problem, send } = useSending()
  const [, finish] = useMutation(FINISH)
  const begun = useRef(false) // a code is good once
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const came = new URLSearchParams(location.search)
    history.replaceState(null, '', location.pathname) // no code in the history, nor in what the page sends on
    void send(async () => {
      const { data, error } = await finish({
        state: came.get('state') ?? '',
        code: came.get('code'),
        error: came.get('error'),
      })
      const plugin = data?.answer.credential?.installation
      if (plugin) navigate(`/plugins/${encodeURIComponent(plugin.id)}`)
      return { error, answer: data?.answer }
    })
  }, [send, finish])
  return (
    <Page title={problem ? t.accounts.returnFailed : t.accounts.returning}>
      {problem && (
        <Card>
          <SendingProblem problem={problem} />
          <p>
            <LinkButton to="/plugins" label={t.accounts.toPlugins} />
          </p>
        </Card>
      )}
    </Page>
  )
}
