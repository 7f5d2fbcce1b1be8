import { z } from 'zod'
import { scriptFault } from '../check/script-fault.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { hasExpression } from '../expressions/split-template.ts'
import { scalarOffsets } from '../scalar-position.ts'
import { isText, valueOf, type YamlScalar } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

const MOST = 20_000

/** A few lines of JavaScript that compute a value. */
export const run: StepKind<'run'> = {
  kind: 'run',
  key: 'run',
  shape: () => ({
    run: z
      .string()
      .min(1)
      .max(MOST)
      .meta({ description: 'The body of a function of input; what it returns is the output.' }),
    with: z.record(z.string(), z.unknown()).optional().meta({ description: 'What input is; an empty map without it.' }),
  }),
  title: () => 'run',
  output: () => undefined,
  compile(entry, place, context) {
    const node = valueOf(entry, 'run')
    const given = valueOf(entry, 'with')
    const script = isText(node) ? node : undefined
    if (script) checkScript(script, place, context)
    return {
      kind: 'run',
      script: script?.value ?? '',
      lines: script ? linesOf(script, context) : [],
      with: given ? compileTemplate(given, placeIn(place, 'with', context), context) : EMPTY_TEMPLATE,
    }
  },
  docs: {
    example: `
- id: totals
  run: |
    const points = input.factors.map(factor => factor.points)
    return { sum: points.reduce((sum, value) => sum + value, 0), most: Math.max(0, ...points) }
  with: { factors: '\${{ lead.scoreFactors }}' }
- set: { sum: '\${{ steps.totals.output.sum }}' }
`,
    text: `For what an expression is too short for. The script is the body of a function in strict mode: it has \`input\` and the language, and
nothing else: no network, no clock to wait for, no other step, nothing that it could leave for the next run. What it returns must be
JSON. It runs where plugins run, behind the same wall: for 5 seconds of computing at most, within its \`timeout\` (10 s without one) and 64 MB; else it
fails with \`TIMEOUT\` or \`MEMORY\`. What it throws fails the step with \`SCRIPT\`, and the message names the line in the playbook. Expressions are not read inside
\`run\`: give it values in \`with\`. In a test it really runs.`,
    output: 'What the script returns; the check does not know its fields.',
  },
}

type Script = YamlScalar & { readonly value: string }

function checkScript(node: Script, place: StepPlace, { findings }: CompileContext): void {
  const path = `${place.path}.run`
  const fault = scriptFault(node.value)
  if (!fault) return
  const offsetOf = scalarOffsets(node, findings.text)
  const start = startsOf(node.value)[fault.line]! + fault.column
  const advice = hasExpression(node.value) ? ' Expressions are not read here; give the value in "with".' : ''
  findings.add({
    code: 'SCRIPT_SYNTAX',
    message: `This is not JavaScript: ${fault.message}.${advice}`,
    path,
    span: { start: offsetOf(start), end: offsetOf(start + fault.length - 1) + 1 },
  })
}

/** The line in the file of each line of the script. */
function linesOf(node: Script, { findings }: CompileContext): number[] {
  const offsetOf = scalarOffsets(node, findings.text)
  return startsOf(node.value).map(start => findings.position(offsetOf(start)).line)
}

const startsOf = (text: string) => [0, ...Array.from(text.matchAll(/\n/g), match => match.index + 1)]
