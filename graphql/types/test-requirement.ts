import { type TestRequirement, readTestRequirement, requireTests } from '../../core/publishing/test-requirement.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

export const TestRequirementRef = builder.objectRef<TestRequirement>('TestRequirement').implement({
  description: 'What a workspace asks before it publishes a playbook: that it has tests, and that they pass.',
  fields: t => ({
    coverage: t.exposeInt('coverage', { description: 'Percent of the branches that tests must take; 0: any.' }),
  }),
})

builder.queryField('testRequirement', t =>
  t.field({
    type: TestRequirementRef,
    nullable: true,
    ...guarded('playbooks:read', 'What is asked of tests before a playbook is published; null: nothing.'),
    resolve: (_root, _args, c) => readTestRequirement(c.core, workspaceOf(c)),
  }),
)

const TestRequirementSetInput = builder.inputType('TestRequirementSetInput', {
  description: 'What is asked of tests from now on.',
  fields: t => ({
    required: t.boolean({ required: true, description: 'Must a playbook have tests that pass?' }),
    coverage: t.int({ description: 'Percent of the branches that tests must take, 0 to 100; 0 without it.' }),
  }),
})

const TestRequirementSetPayload = builder
  .objectRef<Outcome<{ testRequirement: TestRequirement | null }>>('TestRequirementSetPayload')
  .implement({
    description: 'What is asked of tests now.',
    fields: t => ({
      testRequirement: t.field({
        type: TestRequirementRef,
        nullable: true,
        description: 'As it is now; null: nothing is asked.',
        resolve: payload => payload.testRequirement,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationField('testRequirementSet', t =>
  t.field({
    type: TestRequirementSetPayload,
    ...guarded(
      'workspace:write',
      'Says what is asked of tests before a playbook is published; what is in force stays.',
    ),
    args: { input: t.arg({ type: TestRequirementSetInput, required: true, description: 'What.' }) },
    resolve: (_root, { input: { required, coverage } }, c) =>
      outcome<{ testRequirement: TestRequirement | null }>({ testRequirement: null }, async () => {
        const requirement = required ? { coverage: coverage ?? 0 } : null
        await requireTests(c.core, workspaceOf(c), requirement, viewerOf(c).userId)
        return { testRequirement: requirement }
      }),
  }),
)
