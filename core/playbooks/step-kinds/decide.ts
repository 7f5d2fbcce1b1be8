import { z } from 'zod'
import type { JsonSchema } from '../catalog.ts'
import { checkInput } from '../check/check-input.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { parseDuration } from '../duration.ts'
import { join } from '../parse-yaml.ts'
import { words } from '../playbook-file.ts'
import { entryOf, isText, plainOf, valueOf, type YamlMap } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Takes a decision by a policy; where that is not sure enough, a person does. */
export const decide: StepKind<'decide'> = {
  kind: 'decide',
  key: 'decide',
  shape: () => ({
    decide: z
      .string()
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
      .meta({ description: 'The decision policy: first-contact.' }),
    with: z.record(z.string(), z.unknown()).optional().meta({ description: 'The inputs of the policy.' }),
    within: words.timeout
      .optional()
      .meta({ description: 'How long a person is waited for, where one is asked; for ever without it.' }),
    onTimeout: z
      .enum(['recommended', 'fail'])
      .optional()
      .meta({ description: 'Then the recommendation is taken, or the step fails.', default: 'recommended' }),
  }),
  title: entry => `decide ${policyOf(entry)}`,
  output: (entry, { catalog }) => decisionSchema(catalog.policies?.get(policyOf(entry))?.options),
  compile(entry, place, context) {
    const policy = policyOf(entry)
    const input = valueOf(entry, 'with')
    const at = placeIn(place, 'with', context)
    const template = input ? compileTemplate(input, at, context) : EMPTY_TEMPLATE
    const known = checkPolicy(entry, policy, place, context)
    if (known && (!input || input.kind === 'map'))
      checkInput(input, { input: known }, at.path, valueOf(entry, 'decide')!, context, {
        owner: `The policy ${policy}`,
        under: 'with',
      })
    const within = valueOf(entry, 'within')
    const onTimeout = entryOf(entry, 'onTimeout')
    if (onTimeout && !within)
      context.findings.add({
        code: 'MISSING_KEY',
        message: '"onTimeout" says what happens when time is up; "within" is missing.',
        path: join(place.path, 'within'),
        span: onTimeout.key,
      })
    return {
      kind: 'decide',
      policy,
      with: template,
      withinMs: isText(within) ? parseDuration(within.value) : undefined,
      onTimeout: onTimeout && plainOf(onTimeout.value) === 'fail' ? 'fail' : 'recommended',
    }
  },
  docs: {
    example: `
- id: channel
  decide: first-contact
  with:
    leadId: \${{ lead.id }}
    hasPhone: \${{ lead.phone != null }}
    score: \${{ default(lead.score, 50) }}
  within: 4h
- if: \${{ steps.channel.output.choice == "whatsapp" }}
  then:
    - return: { channel: whatsapp }
`,
    text: `A policy says what can be chosen, which rules hold, and what is learnt from how its decisions went; [Decision policies](decisions.md) tells how
one is written. Where the policy has \`auto: true\` and the confidence reaches its \`threshold\`, the step goes on at once. Else it waits until a person has
decided on the page Decisions, holds no worker meanwhile, and goes on with what was chosen.

The decision is stored before the step goes on: after a crash it is the same one. The subject of the run is whom it is about. In tests a fixture says
what is decided, \`channel: { output: { choice: whatsapp } }\`, or else the policy decides, as its rules say; \`trae playbook test\` reads those in the folder
\`policies\` beside the playbook.`,
    output:
      '`{ choice, score, confidence, recommended, by, decisionId }`: `choice` is the key of an option, `score` 0 to 100 or null, `by` is `engine`, `person` or `time`.',
  },
}

/** What the step answers. */
export function decisionSchema(options: readonly string[] | undefined): JsonSchema {
  const option: JsonSchema = options ? { type: 'string', enum: options } : { type: 'string' }
  return {
    type: 'object',
    properties: {
      choice: option,
      score: { type: ['number', 'null'] },
      confidence: { type: 'number' },
      recommended: option,
      by: { type: 'string', enum: ['engine', 'person', 'time'] },
      decisionId: { type: 'string' },
    },
    required: ['choice'],
    additionalProperties: false,
  }
}

function policyOf(entry: YamlMap): string {
  const node = valueOf(entry, 'decide')
  return isText(node) ? node.value.trim() : ''
}

/** The schema of its inputs, where it is known. */
function checkPolicy(
  entry: YamlMap,
  policy: string,
  place: StepPlace,
  context: CompileContext,
): JsonSchema | undefined {
  const { policies, playbooks } = context.catalog
  const found = policies?.get(policy)
  if (!policies && playbooks && policy !== '')
    context.findings.add({
      code: 'UNKNOWN_POLICY',
      severity: 'warning',
      message: `No folder policies stands beside this playbook, so it is not known here whether there is a policy "${policy}".`,
      path: join(place.path, 'decide'),
      span: valueOf(entry, 'decide')!,
    })
  if (found || !policies || policy === '') return found?.input
  const known = [...policies.keys()]
  const suggestion = didYouMean(policy, known)
  const rest =
    suggestion === undefined ? ` There ${known.length === 0 ? 'are none' : `are ${known.slice(0, 8).join(', ')}`}.` : ''
  context.findings.add({
    code: 'UNKNOWN_POLICY',
    message: `There is no decision policy "${policy}".${rest}`,
    path: join(place.path, 'decide'),
    span: valueOf(entry, 'decide')!,
    suggestion,
  })
  return undefined
}
