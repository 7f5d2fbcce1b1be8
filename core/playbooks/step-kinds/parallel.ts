import { z } from 'zod'
import type { JsonSchema } from '../catalog.ts'
import { filledRecord, words } from '../playbook-file.ts'
import type { ParallelMode } from '../playbook.ts'
import { SETTLED_STATUS, STEP_ERROR } from '../record-schemas.ts'
import { valueOf, type YamlMap } from '../yaml-tree.ts'
import type { NestedSteps, OutputReader, StepKind } from './step-kind.ts'

const MODES = ['all', 'race', 'settled'] as const

/** Runs branches side by side: all of them, the first that succeeds, or every one whatever its outcome. */
export const parallel: StepKind<'parallel'> = {
  kind: 'parallel',
  key: 'parallel',
  shape: steps => ({
    parallel: z
      .strictObject({
        mode: z.enum(MODES).optional().meta({
          description:
            'all fails with the first failure; race ends with the first success; settled waits for every outcome.',
          default: 'all',
        }),
        branches: filledRecord(words.name, steps, 'Named lists of steps.'),
      })
      .meta({ description: 'Runs lists of steps side by side.' }),
  }),
  title: entry =>
    `parallel ${branches(entry)
      .map(nested => nested.branch)
      .join(', ')}`,
  nested: branches,
  output,
  compile: (entry, place, _context, compileSteps) => ({
    kind: 'parallel',
    mode: modeOf(entry),
    branches: branches(entry).map(nested => ({ name: nested.branch, steps: compileSteps(nested, place) })),
  }),
  docs: {
    example: `
- id: first
  parallel:
    mode: race
    branches:
      reply:
        - waitFor:
            any:
              - event: message.received
                correlate: { leadId: '\${{ lead.id }}' }
            timeout: 10d
      patience:
        - wait: 3d
- if: \${{ steps.first.output.winner == "patience" }}
  then:
    - return: { outcome: no-answer }
`,
    text: `A branch that is no longer wanted stops before its next step, and its waits are closed; an effect that is under way is finished.
A \`return\` in a branch ends the whole run. Branches cannot read each other's steps; steps after the \`parallel\` can read them all.`,
    output:
      '`all`: the output of the last step of each branch, by name of the branch. `race`: `{ winner, output }`. `settled`: a list of `{ name, status, output }`, or `{ name, status, error }` for a branch that failed, in the order of the branches.',
  },
}

function branches(entry: YamlMap): NestedSteps[] {
  const map = valueOf(valueOf(entry, 'parallel'), 'branches')
  if (map?.kind !== 'map') return []
  return Array.from(map.entries.values(), ({ name, value }) => ({
    branch: name,
    list: value,
    path: `parallel.branches.${name}`,
  }))
}

function modeOf(entry: YamlMap): ParallelMode {
  const node = valueOf(valueOf(entry, 'parallel'), 'mode')
  return node?.kind === 'scalar' ? (MODES.find(mode => mode === node.value) ?? 'all') : 'all'
}

function output(entry: YamlMap, reader: OutputReader): JsonSchema {
  const mode = modeOf(entry)
  const names = branches(entry).map(nested => nested.branch)
  if (mode === 'race') return { type: 'object', properties: { winner: { type: 'string', enum: names }, output: {} } }
  if (mode === 'settled')
    return {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string', enum: names }, status: SETTLED_STATUS, output: {}, error: STEP_ERROR },
      },
    }
  return {
    type: 'object',
    properties: Object.fromEntries(branches(entry).map(nested => [nested.branch, reader.ofLast(nested.list) ?? {}])),
  }
}
