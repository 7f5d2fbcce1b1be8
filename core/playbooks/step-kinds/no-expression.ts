import type { Expression } from '../expressions/expression.ts'

/** Stands where an expression should and none could be compiled; there is a finding, so it is never evaluated. */
export const NO_EXPRESSION: Expression = { source: '', roots: new Set(), evaluate: () => null }
