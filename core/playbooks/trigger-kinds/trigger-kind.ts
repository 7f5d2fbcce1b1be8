import type { z } from 'zod'
import type { CompileContext } from '../compile-context.ts'
import type { TriggerKindName, TriggerOf } from '../playbook.ts'
import type { YamlMap } from '../yaml-tree.ts'

/**
 * One kind of trigger: its words, and how it is checked and compiled. A new kind is a file here and a line in
 * `trigger-kinds.ts`. Every function meets trees that did not pass the schema, so it reads what it can.
 */
export interface TriggerKind<Name extends TriggerKindName = TriggerKindName> {
  /** Also the key that makes an entry a trigger of this kind. */
  readonly kind: Name
  /** Every key that such an entry has. */
  readonly shape: Readonly<Record<string, z.ZodType>>
  /** The type of the events that it fires for; undefined where the entry does not say. */
  readonly event: (entry: YamlMap) => string | undefined
  /** `path` is that of the entry in the document. Undefined where too little can be read. */
  readonly compile: (entry: YamlMap, path: string, context: CompileContext) => TriggerOf<Name> | undefined
  readonly docs: TriggerDocs
}

/** What docs/playbooks.md says of a kind; Markdown. */
export interface TriggerDocs {
  /** Keys of the file; the page's test checks them like any playbook. */
  readonly example: string
  /** What its keys do not say. */
  readonly text: string
}
