import { useCallback, useEffect, useState } from 'react'
import { useMutation } from 'urql'
import type { Diagnostic } from '../../api/schema.ts'
import { explain, refusalText } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { PlaybookDetails } from './playbook-operations.ts'
import { DISCARD, SAVE, VALIDATE } from './publish-operations.ts'

/** Quiet for this long, the text is checked. */
const QUIET_MS = 400

interface Base {
  readonly source: string
  readonly sourceHash: string
}

export interface Editing {
  readonly text: string
  readonly setText: (text: string) => void
  /** Differs from what is kept. */
  readonly dirty: boolean
  /** What is kept is not what is published. */
  readonly draft: boolean
  readonly draftHash: string
  readonly savedAt: string | undefined
  readonly findings: readonly Diagnostic[]
  /** The findings are not yet those of the text. */
  readonly checking: boolean
  readonly busy: boolean
  readonly problem: string | undefined
  /** Keeps the text; answers its hash, or undefined where that was refused. */
  readonly save: () => Promise<string | undefined>
  readonly discard: () => Promise<void>
}

/** The text of a playbook while somebody works on it: checked as it is typed, kept as a draft when they say so. */
export function useEditing(playbook: PlaybookDetails): Editing {
  const { t } = useLanguage()
  const { id, published } = playbook
  const begun = playbook.draft ?? published
  const [base, setBase] = useState<Base>({ source: begun?.source ?? '', sourceHash: begun?.sourceHash ?? '' })
  const [savedAt, setSavedAt] = useState(playbook.draft?.savedAt)
  const [text, setText] = useState(base.source)
  const [checked, setChecked] = useState({ text: base.source, findings: begun?.diagnostics ?? [] })
  const [problem, setProblem] = useState<string>()
  const [saving, saveDraft] = useMutation(SAVE)
  const [discarding, discardDraft] = useMutation(DISCARD)
  const [, validate] = useMutation(VALIDATE)
  const dirty = text !== base.source

  useEffect(() => {
    if (checked.text === text) return
    let current = true
    const timer = setTimeout(() => {
      void validate({ source: text }).then(({ data }) => {
        if (current && data) setChecked({ text, findings: data.playbookValidate.diagnostics })
      })
    }, QUIET_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [text, checked.text, validate])

  useEffect(() => {
    if (!dirty) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [dirty])

  const save = useCallback(async () => {
    if (text === base.source) return base.sourceHash
    const { data, error } = await saveDraft({ playbookId: id, source: text, baseSourceHash: base.sourceHash })
    const draft = data?.playbookSaveDraft.draft
    const [refused] = data?.playbookSaveDraft.userErrors ?? []
    if (!draft) {
      const stale = refused?.code === 'STALE_VERSION'
      setProblem(
        stale ? t.publishing.stale : ((refused && refusalText(refused, t)) ?? (error && explain(error, t).text)),
      )
      return undefined
    }
    setProblem(undefined)
    setBase(draft)
    setSavedAt(draft.savedAt)
    setChecked({ text: draft.source, findings: draft.diagnostics })
    return draft.sourceHash
  }, [base, id, saveDraft, t, text])

  const discard = useCallback(async () => {
    if (!published) return
    const { error } = await discardDraft({ playbookId: id })
    if (error) return setProblem(explain(error, t).text)
    setProblem(undefined)
    setBase(published)
    setSavedAt(undefined)
    setText(published.source)
  }, [discardDraft, id, published, t])

  return {
    text,
    setText,
    dirty,
    draft: base.sourceHash !== published?.sourceHash,
    draftHash: base.sourceHash,
    savedAt,
    findings: checked.findings,
    checking: checked.text !== text,
    busy: saving.fetching || discarding.fetching,
    problem,
    save,
    discard,
  }
}
