import type { z } from 'zod'

/**
 * One action of a service, as playbooks use it: `uses: sms/send`. A plugin that provides the service has an action that
 * takes every input of it and gives only such output; it may take and give more. `{ ...sms.actions.send, idempotency: 'key',
 * run }` is all that there is to say of it.
 */
export interface ActionContract<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Effect extends 'read' | 'write' | 'send' = 'read' | 'write' | 'send',
> {
  readonly title: string
  readonly description: string
  readonly input: Input
  readonly output: Output
  /** Part of the contract: what sends must say so, or the engine would repeat it lightly. */
  readonly effect: Effect
  readonly sample: z.input<Input>
}

/**
 * A service: what it is for, and its actions. What is added later is optional and raises the second number of `version`; a
 * provider need not have it.
 */
export interface ServiceContract<Actions = Readonly<Record<string, ActionContract>>> {
  readonly id: string
  readonly version: string
  readonly title: string
  /** For who chooses a provider. */
  readonly description: string
  readonly actions: Actions
  /**
   * Action → the plugin of ours that does it in the place of a provider which lacks it. Only for what was added after 1.0.0 and is
   * kept in the workspace whoever provides the service: so a provider of before goes on working, and nothing is lost.
   */
  readonly standIns?: Readonly<Record<string, string>>
}

export function actionContract<
  Input extends z.ZodType,
  Output extends z.ZodType,
  const Effect extends 'read' | 'write' | 'send',
>(action: ActionContract<Input, Output, Effect>): ActionContract<Input, Output, Effect> {
  return action
}
