import { z } from 'zod'
import { checkInput } from '../check/check-input.ts'
import type { CompileContext, ExpressionPlace } from '../compile-context.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { eventData } from '../event-schemas.ts'
import type { Template } from '../expressions/expression.ts'
import { join } from '../parse-yaml.ts'
import { valueOf, type YamlNode } from '../yaml-tree.ts'

/** The key of a trigger that says what the run is given. */
export const inputsKey = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ description: 'What the run is given at its start, by the names in inputs. Sees event only.' })

/** Before a run there is only the event. */
export function beforeRun(path: string, type: string, context: CompileContext): ExpressionPlace {
  return { path, roots: ['event'], event: eventData([type], context.catalog) }
}

/** The `inputs` of a trigger, held against what the playbook takes. `path` is that of the map that has them. */
export function compileTriggerInputs(holder: YamlNode, path: string, type: string, context: CompileContext): Template {
  const node = valueOf(holder, 'inputs')
  const below = join(path, 'inputs')
  const template = node ? compileTemplate(node, beforeRun(below, type, context), context) : EMPTY_TEMPLATE
  if (!node || node.kind === 'map')
    checkInput(node, { input: context.inputs.schema }, below, holder, context, {
      owner: 'The playbook',
      under: 'the inputs of this trigger',
    })
  return template
}
