import { errorRecord, TraeError } from '../errors.ts'
import { requireService } from '../plugins/bind-service.ts'
import { contractOf } from '../plugins/services.ts'
import { checkOutput } from '../plugins/validators.ts'
import type { ActionTest } from './action-test.ts'
import type { ServiceCheck, ServiceUnderTest } from './service-check.ts'
import { SERVICE_CHECKS } from './service-checks.ts'
import type { Calls, TestBed } from './test-bed.ts'

/** What a provider that talks to a vendor needs to be tried: `export default` of `contract.ts` in its folder. */
export type ServiceFixture = Pick<ActionTest, 'api' | 'credentials' | 'storage'>

export interface CheckResult {
  readonly name: string
  readonly passed: boolean
  readonly message?: string
}

/**
 * Holds a plugin against the contract of a service, in the real sandbox: each action takes its sample and gives what is
 * promised, refuses what does not fit, does once what it is asked for twice under one key, and what the service's own
 * checks say. `fixture` makes the vendor of each check anew. Throws `NOT_FOUND` for a service that is none, or that the plugin does not provide.
 */
export async function runServiceSuite(
  bed: TestBed,
  serviceId: string,
  fixture: () => ServiceFixture = () => ({}),
  tell: (result: CheckResult) => void = () => {},
): Promise<CheckResult[]> {
  const { id, actions } = requireService(serviceId)
  const provided = bed.manifest.provides[id]
  if (!provided)
    throw new TraeError(
      'NOT_FOUND',
      `${bed.manifest.id} does not provide ${id}; it provides ${Object.keys(bed.manifest.provides).join(', ') || 'nothing'}.`,
    )
  const results: CheckResult[] = []
  for (const check of [...Object.keys(actions).map(wrongInput), ...SERVICE_CHECKS[id]!]) {
    if (!check.needs.every(name => Object.hasOwn(provided, name))) continue
    const result = await bed
      .within({ ...fixture(), leads: [LEAD] }, calls => check.run(underTest(id, provided, calls)))
      .then(
        () => ({ name: check.name, passed: true }),
        (error: unknown) => ({ name: check.name, passed: false, message: sentence(error) }),
      )
    results.push(result)
    tell(result)
  }
  return results

  function wrongInput(name: string): ServiceCheck {
    return {
      name: `${id}/${name} refuses input that does not fit`,
      needs: [name],
      run: async ({ refuses }) => {
        const { input, sample } = actions[name]!
        for (const field of input.required ?? []) {
          const { [field]: _, ...rest } = sample as Record<string, unknown>
          await refuses(name, rest, 'VALIDATION')
        }
        await refuses(name, 'not an object', 'VALIDATION')
      },
    }
  }
}

function underTest(service: string, provided: Readonly<Record<string, string>>, calls: Calls): ServiceUnderTest {
  const checked = (action: string, output: unknown) => {
    checkOutput(`${service}/${action}`, contractOf(service, action)!, output)
    return output as Record<string, unknown>
  }
  const call: ServiceUnderTest['call'] = async (action, input, key) =>
    checked(action, await calls.call(provided[action]!, input, key))
  return {
    leadId: calls.leadIds[0]!,
    call,
    repeat: async (action, input, key) => checked(action, await calls.repeat(provided[action]!, input, key)),
    async refuses(action, input, code) {
      const found = await call(action, input).then(
        () => 'it did not fail',
        (error: unknown) => errorRecord(error).code,
      )
      if (found !== code)
        throw new Error(`${action} with ${JSON.stringify(input)} must fail with ${code}; found: ${found}.`)
    },
    expect(holds, what) {
      if (!holds) throw new Error(what)
    },
  }
}

const LEAD = {
  name: 'Ana Souza',
  source: 'API',
  email: 'ana@acme-solar.com.br',
  phone: '+5511987654321',
  company: 'Acme Solar',
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))
