import { useState } from 'react'
import type { TypedDocumentNode } from 'urql'
import type { UserError } from '../api/schema.ts'
import { useApi } from '../api/api.ts'
import type { Sent } from './sending.tsx'
import { useSending } from './sending.tsx'

type Answered = { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }

/** A mutation that answers under the alias `answer`: `apply` answers what a form needs, `now` does it at once and says what stood in the way. */
export function useChange<Answer extends Answered, Input>(
  document: TypedDocumentNode<{ answer: Answer }, { input: Input }>,
) {
  const { client } = useApi()
  const sending = useSending()
  const [answer, setAnswer] = useState<Answer>()
  const apply = async (input: Input): Promise<Sent> => {
    const { data, error } = await client.mutation(document, { input }).toPromise()
    if (data && data.answer.userErrors.length === 0) setAnswer(data.answer)
    return { answer: data?.answer, error }
  }
  return {
    ...sending,
    /** What the last one that went well answered. */
    answer,
    forget: () => setAnswer(undefined),
    apply,
    now: (input: Input) => sending.send(() => apply(input)),
  }
}
