import type { z } from 'zod'
import type { Catalog, JsonSchema } from '../catalog.ts'
import type { CompileContext, StepPlace } from '../compile-context.ts'
import type { Step, StepKindName, StepOf } from '../playbook.ts'
import type { YamlMap, YamlNode } from '../yaml-tree.ts'

/**
 * One kind of step: its words, what it answers, and how it is checked and compiled. A new kind is a file here and a line
 * in `step-kinds.ts`. Every function meets trees that did not pass the schema (all findings are wanted at once), so it
 * reads what it can and leaves the rest.
 */
export interface StepKind<Name extends StepKindName = StepKindName> {
  readonly kind: Name
  /** The key that makes an entry a step of this kind. */
  readonly key: string
  /** Where several kinds have the same key: is it this one? */
  readonly is?: (entry: YamlMap) => boolean
  /** Its keys beside those that any step may have; `steps` is the schema of a list of steps. */
  readonly shape: (steps: z.ZodType) => Readonly<Record<string, z.ZodType>>
  /** For people, where the step has neither name nor id. */
  readonly title: (entry: YamlMap) => string
  /** The lists of steps inside, in order. */
  readonly nested?: (entry: YamlMap) => readonly NestedSteps[]
  /** Names that it adds to `vars`. */
  readonly sets?: (entry: YamlMap) => readonly string[]
  /** Names that it adds to `vars` for the steps of one of its lists, and for nobody else. */
  readonly lends?: (entry: YamlMap, branch: string) => readonly string[]
  /** What `steps.<id>.output` will be; undefined where that is not known. */
  readonly output: (entry: YamlMap, reader: OutputReader) => JsonSchema | undefined
  readonly compile: (
    entry: YamlMap,
    place: StepPlace,
    context: CompileContext,
    compileSteps: CompileSteps,
  ) => StepOf<Name>
  /** Do the steps after it never run? */
  readonly ends?: (step: StepOf<Name>, endsList: (steps: readonly Step[]) => boolean) => boolean
  readonly docs: StepDocs
}

/** What docs/playbooks.md says of a kind; Markdown. */
export interface StepDocs {
  /** A list of steps; the page's test checks it like any playbook. */
  readonly example: string
  /** What its keys do not say. */
  readonly text: string
  /** What `steps.<id>.output` is. */
  readonly output: string
}

export interface NestedSteps {
  /** `then`, or a branch's name: the part of the path between the step's and the index. */
  readonly branch: string
  readonly list: YamlNode
  /** Below the entry, in the document: `parallel.branches.ask`. */
  readonly path: string
}

export interface OutputReader {
  readonly catalog: Catalog
  /** The output of the last step of a list. */
  readonly ofLast: (list: YamlNode) => JsonSchema | undefined
  readonly eventData: (types: readonly string[]) => JsonSchema | undefined
}

export type CompileSteps = (nested: NestedSteps, place: StepPlace) => readonly Step[]
