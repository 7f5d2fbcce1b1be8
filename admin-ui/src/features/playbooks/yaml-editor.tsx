import {
  type CompletionContext,
  type CompletionResult,
  insertCompletionText,
  startCompletion,
} from '@codemirror/autocomplete'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic as Mark, lintGutter, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { tags } from '@lezer/highlight'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useRef } from 'react'
import type { Diagnostic } from '../../api/schema.ts'
import type { Completion } from './complete-playbook.ts'

/** Where to look; a new object for each time that somebody asks to be taken there. */
export interface Jump {
  readonly line: number
}

/**
 * A YAML text to work on, with findings at their places. `text` is what it begins with and what it is reset to when it
 * differs from what was typed. Loaded apart from everything else: it is by far the largest piece.
 */
export function YamlEditor({
  text,
  label,
  findings,
  jump,
  apply,
  complete,
  lookUp,
  onChange,
}: {
  text: string
  label: string
  findings: readonly Diagnostic[]
  jump: Jump | undefined
  /** What the button of a suggestion says. */
  apply: (suggestion: string) => string
  /** What may stand at a position of the text. */
  complete: (text: string, position: number) => Completion | undefined
  /** The same where it has to be asked for; it is only where `complete` knows nothing. */
  lookUp: (text: string, position: number) => Promise<Completion | undefined>
  onChange: (text: string) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const told = useRef({ onChange, apply, complete, lookUp })
  told.current = { onChange, apply, complete, lookUp }
  const first = useRef(text)

  useEffect(() => {
    // One object for as long as the editor lives: answers of another one would be thrown away as outdated.
    const offers = { autocomplete: (context: CompletionContext) => offer(context, told.current) }
    const editor = new EditorView({
      parent: place.current!,
      doc: first.current,
      extensions: [
        basicSetup,
        ...LOOK,
        lintGutter(),
        EditorState.languageData.of(() => [offers]),
        EditorView.theme({ '.cm-content': { minHeight: '400px' } }), // the empty part takes a click, too
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) told.current.onChange(update.state.doc.toString())
        }),
      ],
    })
    view.current = editor
    return () => editor.destroy()
  }, [label])

  useEffect(() => {
    const editor = view.current!
    const { doc } = editor.state
    if (doc.toString() !== text) editor.dispatch({ changes: { from: 0, to: doc.length, insert: text } })
  }, [text])

  useEffect(() => {
    const { state } = view.current!
    const marks = findings.map(finding => markOf(state, finding, told.current.apply))
    view.current!.dispatch(setDiagnostics(state, marks))
  }, [findings])

  useEffect(() => {
    const editor = view.current!
    if (!jump || jump.line > editor.state.doc.lines) return
    const { from } = editor.state.doc.line(jump.line)
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
    editor.focus()
  }, [jump])

  return <div ref={place} />
}

/** What is different between two texts, one below the other; nobody can write in it. */
export function YamlDiff({
  before,
  after,
  label,
  unchanged,
}: {
  before: string
  after: string
  label: string
  /** What stands for lines that are the same; `$` is how many. */
  unchanged: string
}) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      doc: after,
      extensions: [
        basicSetup,
        ...LOOK,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        EditorState.phrases.of({ '$ unchanged lines': unchanged }),
        unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
      ],
    })
    return () => editor.destroy()
  }, [before, after, label, unchanged])
  return <div ref={place} />
}

/** While a word is typed, after `key: ` and at the beginning of an entry; elsewhere only when asked for. */
async function offer(
  context: CompletionContext,
  {
    complete,
    lookUp,
  }: {
    readonly complete: (text: string, position: number) => Completion | undefined
    readonly lookUp: (text: string, position: number) => Promise<Completion | undefined>
  },
): Promise<CompletionResult | null> {
  const { state, pos, explicit } = context
  const begun = /[\w./-]$|: $|- $|\{\{ ?$/.test(state.doc.lineAt(pos).text.slice(0, pos - state.doc.lineAt(pos).from))
  if (!explicit && !begun) return null
  const text = state.doc.toString()
  const completion = complete(text, pos) ?? (await lookUp(text, pos))
  if (!completion) return null
  return {
    from: completion.from,
    validFor: /^[\w./-]*$/,
    options: completion.choices.map(({ label, description, insert, first }, index) => ({
      label,
      info: description,
      boost: (first ? 50 : 0) - Math.min(index, 49),
      apply: (editor, _completion, from, to) => {
        editor.dispatch(insertCompletionText(editor.state, insert ?? label, from, to))
        if (insert) startCompletion(editor)
      },
    })),
  }
}

function markOf(state: EditorState, finding: Diagnostic, apply: (suggestion: string) => string): Mark {
  const from = offset(state, finding.line, finding.column)
  const to = Math.max(from, offset(state, finding.endLine, finding.endColumn))
  const { suggestion } = finding
  const written = state.sliceDoc(from, to)
  return {
    from,
    to,
    severity: finding.severity === 'ERROR' ? 'error' : finding.severity === 'WARNING' ? 'warning' : 'info',
    message: finding.message,
    actions:
      suggestion && written !== '' && !written.includes('\n')
        ? [
            {
              name: apply(suggestion),
              apply: (editor, from, to) =>
                editor.dispatch({
                  changes: { from, to, insert: inPlaceOf(editor.state.sliceDoc(from, to), suggestion) },
                }),
            },
          ]
        : [],
  }
}

/** A suggestion keeps the quotes and the range of versions of what it takes the place of. */
function inPlaceOf(written: string, suggestion: string): string {
  const quote = /^(["']).*\1$/s.exec(written)?.[1] ?? ''
  const range = suggestion.includes('@') ? '' : (/@[^\s"']+/.exec(written)?.[0] ?? '')
  return `${quote}${suggestion}${range}${quote}`
}

function offset(state: EditorState, line: number, column: number): number {
  if (line > state.doc.lines) return state.doc.length
  const { from, to } = state.doc.line(line)
  return Math.min(to, from + column - 1)
}

const LOOK: readonly Extension[] = [
  yaml(),
  EditorView.lineWrapping,
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
      { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
      { tag: [tags.string, tags.special(tags.string)], color: 'var(--text-2)' },
      { tag: [tags.keyword, tags.bool, tags.number], color: 'var(--warn)' },
    ]),
  ),
  EditorView.theme({
    '&': { fontSize: '12.5px', backgroundColor: 'var(--surface)', color: 'var(--text)' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.65' },
    '.cm-content': { caretColor: 'var(--text)', padding: '10px 0' },
    '.cm-cursor': { borderLeftColor: 'var(--text)' },
    '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--text-3)', border: 'none' },
    '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 45%, transparent)' },
    '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
    '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
      backgroundColor: 'var(--accent-line)',
    },
    '.cm-tooltip': {
      backgroundColor: 'var(--surface)',
      color: 'var(--text)',
      border: '1px solid var(--line-strong)',
      borderRadius: '8px',
      maxWidth: 'min(520px, 86vw)',
      boxShadow: '0 12px 32px -14px rgb(0 0 0 / 35%)',
      overflow: 'hidden',
    },
    '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'visible' }, // the description stands beside the list
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxWidth: '86vw' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 12px' },
    '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--surface)' },
    '.cm-tooltip.cm-completionInfo': { padding: '8px 12px', fontFamily: 'var(--sans)', fontSize: '13px' },
    '.cm-completionIcon': { display: 'none' },
    '.cm-diagnostic': { padding: '8px 12px', fontFamily: 'var(--sans)', fontSize: '13px', whiteSpace: 'pre-wrap' },
    '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
    '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
    '.cm-diagnosticAction': {
      display: 'block',
      margin: '8px 0 0',
      padding: '4px 10px',
      borderRadius: '6px',
      font: '550 12.5px var(--sans)',
      backgroundColor: 'var(--accent)',
      color: 'var(--surface)',
      cursor: 'pointer',
    },
    '.cm-insertedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--accent-soft)' },
    '.cm-deletedChunk': { backgroundColor: 'var(--bad-soft)', paddingLeft: '6px' },
    '&.cm-merge-b .cm-changedText, .cm-deletedChunk .cm-deletedText': { background: 'transparent' },
    '.cm-changedLineGutter': { backgroundColor: 'var(--accent)' },
    '.cm-collapsedLines': {
      background: 'var(--sunken)',
      color: 'var(--text-2)',
      fontFamily: 'var(--sans)',
      fontSize: '12.5px',
      padding: '4px 14px',
    },
    '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
    '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)', borderColor: 'var(--line)' },
    '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)' },
  }),
]
