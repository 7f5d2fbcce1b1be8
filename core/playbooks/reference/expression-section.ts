import { MACRO_BUDGET } from '../expressions/budget.ts'
import { compileExpression } from '../expressions/compile-expression.ts'
import { MAX_EXPRESSION_LENGTH, MAX_MACRO_DEPTH, ROOTS } from '../expressions/environment.ts'
import { BUILT_IN_DOCS, type ExpressionDocs, OPERATOR_DOCS, ROOT_DOCS, SAMPLE } from '../expressions/expression-docs.ts'
import { FUNCTIONS } from '../expressions/functions.ts'
import { MAX_VALUE_CHARACTERS, MAX_VALUE_NODES } from '../expressions/plain-value.ts'
import { MAX_STEPS } from '../index-steps.ts'
import { MAX_DEPTH, MAX_SOURCE_LENGTH } from '../parse-yaml.ts'
import { code, table, yaml } from './markdown.ts'

/** Everything between `${{` and `}}`. Results are computed, never written. */
export function expressionSection(): string {
  return `## Expressions

${yaml(`
- set:
    score: \${{ lead.score }}                  # one expression alone keeps its type: a number
    note: 'Score: \${{ lead.score }}'          # with text around it, it becomes text
    list: ['\${{ lead.name }}', 'a & b']       # inside { } and [ ] it needs quotes
    price: costs $\${{ 5 }}                    # $\${{ is a \${{ that is meant as text
`)}

Between \`\${{\` and \`}}\` stands an expression of [CEL](https://cel.dev), wherever the tables above say expression or any value. In
the middle of a text, null becomes nothing, and a list or map becomes JSON. Quotes are also needed around an expression that holds
\`: \` or \` #\`, because YAML reads those first.

Names, fields and types are checked when the playbook is saved. What fails only at run time, such as a field of free data that is not
there, fails the step with the code \`EXPRESSION\`, and the message has line and column.

The results below are those for this data:

\`\`\`json
${JSON.stringify({ ...SAMPLE, subject: undefined }, undefined, 2)}
\`\`\`

### Names

${table(
  ['name', 'what it is', 'example', 'result'],
  ROOTS.map(root => [code(root), ...textFirst(ROOT_DOCS[root])]),
)}

In \`triggers\` and \`enrollment\` there is no run yet: there is only \`event\`. Credentials and secrets are never part of an expression.

### Operators

${table(['', 'example', 'result'], OPERATOR_DOCS.map(textFirst))}

### Functions

${table(['function', 'what it does', 'example', 'result'], [...ownRows(), ...BUILT_IN_DOCS.map(docs => [docs.names.map(code).join(', '), ...textFirst(docs)])])}

### Limits

| what | limit |
| --- | --- |
| characters in a file | ${number(MAX_SOURCE_LENGTH)} |
| steps in a playbook | ${number(MAX_STEPS)} |
| values inside values | ${number(MAX_DEPTH)} deep |
| characters in an expression | ${number(MAX_EXPRESSION_LENGTH)} |
| \`map\`, \`filter\`, \`all\`, \`exists\`, \`exists_one\` inside each other | ${MAX_MACRO_DEPTH} deep |
| list items that these go through in one evaluation | ${number(MACRO_BUDGET)} |
| result of an expression | ${number(MAX_VALUE_NODES)} values, ${number(MAX_VALUE_CHARACTERS)} characters |

A regular expression is refused when it repeats something that repeats, refers back to a group, or looks ahead or behind.`
}

function ownRows(): string[][] {
  const byName = Map.groupBy(FUNCTIONS, known => /_?(\w+)\(/.exec(known.signature)![1]!.replace(/^_/, ''))
  return Array.from(byName.values(), entries => {
    const [{ example, description }] = entries as [(typeof entries)[number]]
    const written = [...new Set(entries.map(known => readable(known.signature)))]
    return [written.map(code).join(', '), ...textFirst({ example, text: description })]
  })
}

/** `string._matches(string): bool` → `text.matches(text)` */
function readable(signature: string): string {
  const [, receiver, name, given] = /^(?:(\S+?)\.)?_?(\w+)\((.*)\):/.exec(signature)!
  return `${receiver ? `${typeWord(receiver)}.` : ''}${name}(${given!.split(', ').filter(Boolean).map(typeWord).join(', ')})`
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  dyn: 'value',
  double: 'number',
  int: 'number',
  'google.protobuf.Timestamp': 'time',
  'google.protobuf.Duration': 'duration',
}
function typeWord(type: string): string {
  return TYPE_WORDS[type] ?? type
}

function textFirst({ text, example }: ExpressionDocs): string[] {
  return [text, code(example), code(JSON.stringify(resultOf(example)))]
}

function resultOf(example: string): unknown {
  const compiled = compileExpression(example, offset => ({ line: 1, column: offset + 1 }))
  if ('fault' in compiled) throw new Error(`${example}: ${compiled.fault.message}`)
  return compiled.expression.evaluate(SAMPLE)
}

function number(value: number): string {
  return value.toLocaleString('en')
}
