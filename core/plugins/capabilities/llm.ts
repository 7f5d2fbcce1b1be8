import { askModel, type ModelQuestion, modelQuestion, outputPart } from '../ask-model.ts'
import type { Skill } from '../read-skill.ts'
import { argumentOf, type Capability } from './calling.ts'

/** `ctx.llm`. */
export const llm: Capability = async (core, calling, argument) => {
  const { action, granted, declared, installation, run, runId, workspaceId, onLog, signal } = calling
  const { answers, ...plain } = argumentOf('llm', modelQuestion, argument)
  const given = instructed(plain, action.manifest.skill)
  const { model } = given
  const { output } = action.manifest.actions[action.action]!
  const question = answers === undefined ? given : { ...given, schema: outputPart(output, answers) }
  calling.requireGrant(
    `llm.generate with the ${model} model`,
    permissions => permissions.llm?.models.includes(model) ?? false,
    `the ${model} model`,
  )
  const least = (limit: 'tokensPerRun' | 'tokensPerDay') => Math.min(granted.llm![limit], declared.llm![limit])
  const call = {
    workspaceId,
    installationId: installation.id,
    runId,
    scope: `${run.key}#llm:${run.attempt ?? 1}:`,
    count: (hash: string) => calling.count(`llm:${hash}`),
  }
  const budget = { tokensPerRun: least('tokensPerRun'), tokensPerDay: least('tokensPerDay') }
  const started = performance.now()
  const { answer, replayed } = await askModel(core, call, question, budget, signal)
  const { inputTokens, outputTokens, cost } = answer.usage
  onLog?.({
    level: 'info',
    message: `model ${answer.model}: ${inputTokens} tokens in, ${outputTokens} out${cost === null ? '' : `, US$ ${cost.toFixed(4)}`}${replayed ? ', answered from the journal' : ''}`,
    fields: { model: answer.model, ...answer.usage, replayed, ms: Math.round(performance.now() - started) },
  })
  return answer
}

/** What the plugin says in its `SKILL.md` comes before what it says of this very question. */
function instructed(question: ModelQuestion, skill: Skill | undefined): ModelQuestion {
  if (!skill) return question
  const { system } = question
  return { ...question, system: system === undefined ? skill.instructions : `${skill.instructions}\n\n${system}` }
}
