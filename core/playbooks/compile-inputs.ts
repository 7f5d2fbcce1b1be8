import { checkInput } from './check/check-input.ts'
import type { CompileContext } from './compile-context.ts'
import { hasExpression } from './expressions/split-template.ts'
import { INPUT_TYPES, type InputDeclaration, type Inputs, inputsOf, type InputType } from './inputs.ts'
import { entryOf, isText, plainOf, valueOf, type YamlNode } from './yaml-tree.ts'

type InputContext = Pick<CompileContext, 'findings' | 'types' | 'schemas'>

/** What the playbook takes at its start. A default and the words of an `enum` must be of the type that is declared. */
export function compileInputs(root: YamlNode, context: InputContext): Inputs {
  return compileFields(valueOf(root, 'inputs'), 'inputs', context)
}

/** The same for any map of declarations; `path` is where it stands. */
export function compileFields(node: YamlNode | undefined, path: string, context: InputContext): Inputs {
  if (node?.kind !== 'map') return inputsOf([])
  return inputsOf(
    Array.from(node.entries.values()).flatMap(
      ({ name, value }) => compileInput(name, value, `${path}.${name}`, context) ?? [],
    ),
  )
}

function compileInput(name: string, node: YamlNode, path: string, context: InputContext): InputDeclaration | undefined {
  const type = INPUT_TYPES.find(type => type === plainAt(node, 'type'))
  if (!type) return undefined // the schema has said so
  const words = valueOf(node, 'enum')
  const choices = words?.kind === 'list' ? words.items : undefined
  for (const [index, choice] of choices?.entries() ?? []) checkFixed(choice, type, `${path}.enum.${index}`, context)
  const standard = entryOf(node, 'default')
  const required = plainAt(node, 'required') === true
  const allowed = choices?.map(plainOf)
  if (standard) {
    checkFixed(standard.value, type, `${path}.default`, context, allowed)
    if (required)
      context.findings.add({
        code: 'CONFLICTING_KEYS',
        message: `"${name}" is required and has a default; take one of the two out.`,
        path: `${path}.default`,
        span: standard.key,
      })
  }
  const description = plainAt(node, 'description')
  return {
    name,
    type,
    required,
    default: standard && plainOf(standard.value),
    enum: allowed,
    description: typeof description === 'string' ? description : undefined,
  }
}

/** A value that stands in the file as it is: expressions are not evaluated here. */
function checkFixed(
  node: YamlNode,
  type: InputType,
  path: string,
  context: InputContext,
  words?: readonly unknown[],
): void {
  if (isText(node) && hasExpression(node.value))
    context.findings.add({
      code: 'WRONG_INPUT',
      message: 'Here stands a fixed value; expressions are not evaluated here.',
      path,
      span: node,
    })
  else {
    const { schema } = inputsOf([{ name: 'it', type, required: true, enum: words }])
    checkInput(node, { input: schema.properties!['it']! }, path, node, context)
  }
}

function plainAt(node: YamlNode, key: string): unknown {
  const value = valueOf(node, key)
  return value && plainOf(value)
}
