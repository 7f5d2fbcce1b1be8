import { z } from 'zod'
import { checkInput } from '../check/check-input.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileExpressionNode } from '../compile-scalar.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { join } from '../parse-yaml.ts'
import { words } from '../playbook-file.ts'
import { isText, plainOf, valueOf, type YamlMap } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

const PREFIX = 'playbook/'

/** Starts another playbook, and waits for the end of its run. */
export const playbook: StepKind<'playbook'> = {
  kind: 'playbook',
  key: 'uses',
  is: entry => startedBy(entry) !== undefined,
  shape: () => ({
    uses: z.string().meta({ description: 'The playbook to start: playbook/nurture.', pattern: `^${PREFIX}` }),
    with: z.record(z.string(), z.unknown()).optional().meta({ description: 'The inputs of its run.' }),
    subject: words.expression
      .optional()
      .meta({ description: 'Whom its run is about: the id of a lead; the subject of this run without it.' }),
    await: z.boolean().optional().meta({ description: 'Wait for the end of its run?', default: true }),
  }),
  title: entry => `${PREFIX}${startedBy(entry) ?? ''}`,
  output: (entry, { catalog }) => {
    if (isAwaited(entry)) return catalog.playbooks?.get(startedBy(entry) ?? '')?.output
    return { type: 'object', properties: { runId: { type: 'string' } } }
  },
  compile(entry, place, context) {
    const id = startedBy(entry) ?? ''
    const [input, subject] = [valueOf(entry, 'with'), valueOf(entry, 'subject')]
    const at = placeIn(place, 'with', context)
    const template = input ? compileTemplate(input, at, context) : EMPTY_TEMPLATE
    const started = checkStarted(entry, id, place, context)
    if (started && (!input || input.kind === 'map'))
      checkInput(input, { input: started }, at.path, valueOf(entry, 'uses')!, context, {
        owner: `The playbook ${id}`,
        under: 'with',
      })
    return {
      kind: 'playbook',
      uses: `${PREFIX}${id}`,
      playbook: id,
      with: template,
      subject: subject && compileExpressionNode(subject, placeIn(place, 'subject', context), context),
      awaits: isAwaited(entry),
    }
  },
  docs: {
    example: `
- id: nurture
  uses: playbook/nurture-lead
  subject: \${{ lead.id }}
  timeout: 45d
  onError: continue

- uses: playbook/qualify-lead
  await: false
`,
    text: `The other playbook gets a run of its own, in the version that is published when it starts, with \`with\` as its inputs and the same
subject; what it says of enrollment, concurrency and rates holds for it too, but not its \`debounce\`. The step waits until that run is over, and
holds no worker meanwhile. A run that failed, was cancelled, is in quarantine or was never let in is an error of the step, which names it.

The run belongs to the step. When the step is cancelled, loses a \`race\` or has no time left, the run is cancelled too, and its \`finally\`
runs. The next attempt of a \`retry\` does not start another: it restarts the same run, so what was done there is not done twice. Whoever
restarts this run by hand has the same: a run that is over by then with success just gives its output.

\`await: false\` starts it and goes on at once; such a run goes its own way. Runs start each other at most 10 deep.`,
    output:
      'What the run answers: its `outputs`, or what it returned. The check knows their names. With `await: false` it is `{ runId }`.',
  },
}

/** The id of the playbook that an entry starts; undefined where it does something else. */
export function startedBy(entry: YamlMap): string | undefined {
  const node = valueOf(entry, 'uses')
  const written = isText(node) ? node.value.trim() : ''
  return written.startsWith(PREFIX) ? written.slice(PREFIX.length) : undefined
}

function isAwaited(entry: YamlMap): boolean {
  const node = valueOf(entry, 'await')
  return !node || plainOf(node) !== false
}

/** The schema of its inputs, where it is known. */
function checkStarted(entry: YamlMap, id: string, place: StepPlace, context: CompileContext) {
  const node = valueOf(entry, 'uses')!
  const path = join(place.path, 'uses')
  context.started.set(place.stepPath, { path, span: node })
  if (id === context.id) return context.inputs.schema
  const { playbooks } = context.catalog
  const found = playbooks?.get(id)
  if (found || !playbooks) return found?.input
  const known = [...playbooks.keys()]
  const meant = didYouMean(id, known)
  const message = `There is no published playbook "${id}".${meant === undefined ? ` There ${known.length === 0 ? 'are none' : `are ${known.slice(0, 8).join(', ')}`}.` : ''}`
  const suggestion = meant === undefined ? undefined : `${PREFIX}${meant}`
  context.findings.add({ code: 'UNKNOWN_PLAYBOOK', message, path, span: node, suggestion })
  return undefined
}
