import { z } from 'zod'
import type { CatalogAction, DisabledAction } from '../catalog.ts'
import { checkAccount } from '../check/check-account.ts'
import { checkInput } from '../check/check-input.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { hasExpression } from '../expressions/split-template.ts'
import { join } from '../parse-yaml.ts'
import { versionFits } from '../../version-range.ts'
import { words } from '../playbook-file.ts'
import { describeNode, isText, type YamlMap, type YamlNode, valueOf } from '../yaml-tree.ts'
import { startedBy } from './playbook.ts'
import type { OutputReader, StepKind } from './step-kind.ts'

/** Calls an action of a plugin, or a service: the only steps with effects. */
export const uses: StepKind<'uses'> = {
  kind: 'uses',
  key: 'uses',
  is: entry => startedBy(entry) === undefined,
  shape: () => ({
    uses: z.string().meta({ description: 'A service (email/send) or an action (sdr/lead-scoring@^1).' }),
    with: z
      .union([z.record(z.string(), z.unknown()), words.expression])
      .optional()
      .meta({ description: 'The input of the action: a map, or an expression that gives one.' }),
    account: words.account,
    sendWindow: z
      .literal('ignore')
      .optional()
      .meta({ description: 'An answer to somebody who has just written or booked: sent at any hour.' }),
  }),
  title: entry => usesOf(entry) ?? 'uses',
  output: (entry, reader: OutputReader) => findAction(usesOf(entry), reader.catalog)?.output,
  compile(entry, place, context) {
    const action = checkAction(entry, place, context)
    const input = valueOf(entry, 'with')
    const at = placeIn(place, 'with', context)
    const template = input ? compileTemplate(input, at, context) : EMPTY_TEMPLATE
    if (isText(input) && !hasExpression(input.value)) {
      const message = `"with" must be a map, found ${describeNode(input)}.`
      context.findings.add({ code: 'WRONG_TYPE', message, path: at.path, span: input })
    }
    if (action) {
      if (!input || input.kind === 'map' || (isText(input) && hasExpression(input.value)))
        checkInput(input, action, at.path, valueOf(entry, 'uses')!, context)
      checkErrorPath(entry, action, place, context)
    }
    const account = compileAccount(entry, place, context)
    const anyHour = isText(valueOf(entry, 'sendWindow'))
    return {
      kind: 'uses',
      uses: usesOf(entry) ?? '',
      with: template,
      ...(account === undefined ? {} : { account }),
      ...(anyHour ? { ignoresSendWindow: true } : {}),
    }
  },
  docs: {
    example: `
- id: score
  uses: sdr/lead-scoring@^1
  with: { lead: '\${{ lead }}' }

- name: Keep the score
  uses: crm/update-lead
  with: { leadId: '\${{ lead.id }}', score: '\${{ steps.score.output.score }}' }
  retry: { maxAttempts: 5, delay: 2s }

- uses: hubspot/get-contact
  account: sales-brazil
  with: { email: '\${{ lead.email }}' }
`,
    text: `Two things can stand there. An action, \`plugin/action\`, is what one plugin does. A service, \`email/send\`, is a contract:
the workspace decides which plugin fills it. After \`@\` an action may say which versions of its plugin it takes: \`^1\`, \`~1.4\`,
\`1.4.2\`, \`>=1.2 <2\`.

Where a plugin has several accounts, two portals of HubSpot or two numbers, \`account\` says with which of them an action is called,
by the name that it has on the page of the plugin; without it the plugin's default account is used. It is a name and no
expression, so the check sees whether there is such an account; where data decides, a \`switch\` has a step for each. A step that
uses a service names none: the page Services says who provides it, and with which account.

An action that writes or sends is an effect. Every attempt of a step carries the same key, so a repeated attempt changes
nothing twice. Say what happens when it fails, with \`retry\` or \`onError\`.`,
    output: 'What the action answers. The check knows its fields.',
  },
}

function usesOf(entry: YamlMap): string | undefined {
  const node = valueOf(entry, 'uses')
  return isText(node) ? node.value.trim() : undefined
}

function findAction(
  written: string | undefined,
  catalog: OutputReader['catalog'],
): CatalogAction | DisabledAction | undefined {
  const name = written?.split('@')[0]
  if (name === undefined) return undefined
  return catalog.services.get(name) ?? catalog.actions.get(name) ?? catalog.disabled?.get(name)
}

function checkAction(entry: YamlMap, place: StepPlace, context: CompileContext): CatalogAction | undefined {
  const node = valueOf(entry, 'uses')
  if (!isText(node)) return undefined
  const [name, range] = split(node.value.trim())
  const report = (
    code: 'UNKNOWN_ACTION' | 'WRONG_VERSION' | 'PLUGIN_DISABLED',
    message: string,
    suggestion?: string,
  ): undefined => {
    context.findings.add({ code, message, path: join(place.path, 'uses'), span: node, suggestion })
  }
  const action = findAction(name, context.catalog)
  if (!action) return report('UNKNOWN_ACTION', ...unknownAction(name, node, context))
  if ('pluginId' in action) report('PLUGIN_DISABLED', disabledAction(name, action)) // its inputs are checked all the same
  if (range !== undefined && !versionFits(action.version, range))
    report(
      'WRONG_VERSION',
      `${name} is installed as ${action.version}, which is not ${range}; change the range or install another version.`,
    )
  return action
}

/** The account that a step names, checked where it is known which are connected. */
function compileAccount(entry: YamlMap, place: StepPlace, context: CompileContext): string | undefined {
  const node = valueOf(entry, 'account')
  const name = usesOf(entry)?.split('@')[0]
  if (!isText(node) || name === undefined) return undefined
  const path = join(place.path, 'account')
  const { catalog, findings } = context
  const owner = name.split('/')[0]!
  const stopped = catalog.disabled?.get(name)
  if (catalog.services.has(name) || (stopped && stopped.pluginId !== owner)) {
    const message = `${name} is a service: the page Services says who provides it, and with which account. Take "account" out, or name a plugin's own action.`
    findings.add({ code: 'CONFLICTING_KEYS', message, path, span: node })
    return undefined
  }
  checkAccount(owner, node, path, context)
  return node.value
}

function disabledAction(name: string, { pluginId, reason }: DisabledAction): string {
  const service = name.split('/')[0] !== pluginId
  const why = `${pluginId} is disabled in this workspace${reason === null ? '' : `: ${reason}`}`
  return `${name} cannot be called: ${why}. Enable ${pluginId}, or ${service ? 'choose another provider' : 'use another action'}.`
}

function split(written: string): [name: string, range: string | undefined] {
  const at = written.indexOf('@')
  return at === -1 ? [written, undefined] : [written.slice(0, at), written.slice(at + 1)]
}

function unknownAction(
  name: string,
  node: YamlNode & { readonly value: string },
  { catalog }: CompileContext,
): [message: string, suggestion: string | undefined] {
  const known = [...catalog.services.keys(), ...catalog.actions.keys(), ...(catalog.disabled?.keys() ?? [])]
  const suggestion = didYouMean(name, known) ?? known.find(candidate => candidate.split('/')[1] === name) // the plugin was left out
  if (!name.includes('/')) return [`"${node.value}" is no action; write plugin/action or service/action.`, suggestion]
  const siblings = known
    .filter(candidate => candidate.split('/')[0] === name.split('/')[0])
    .map(candidate => candidate.split('/')[1])
  const has =
    siblings.length > 0 ? `"${name.split('/')[0]}" has ${siblings.slice(0, 8).join(', ')}.` : 'Is the plugin installed?'
  return [`There is no action or service "${name}". ${has}`, suggestion]
}

function checkErrorPath(entry: YamlMap, action: CatalogAction, place: StepPlace, { findings }: CompileContext): void {
  if (action.effect !== 'write' && action.effect !== 'send') return
  if (entry.entries.has('onError') || entry.entries.has('retry')) return
  findings.add({
    code: 'EFFECT_WITHOUT_ERROR_PATH',
    message: `${usesOf(entry)} ${action.effect === 'send' ? 'sends' : 'writes'}, and nothing says what happens when it fails: the run fails. Say onError: continue, or onError: fail if that is meant.`,
    path: join(place.path, 'uses'),
    span: valueOf(entry, 'uses')!,
  })
}
