import { isDeepStrictEqual } from 'node:util'

/** A service as the checks see it: its actions by their names in the contract. */
export interface ServiceUnderTest {
  readonly leadId: string
  /** What the action gives, held against the contract. Throws what the action throws. */
  readonly call: (action: string, input: unknown, key?: string) => Promise<Readonly<Record<string, unknown>>>
  /** The same call once more under its key, as the engine makes it when it does not know whether the first arrived. */
  readonly repeat: (action: string, input: unknown, key: string) => Promise<Readonly<Record<string, unknown>>>
  /** Throws unless the action fails with this code. */
  readonly refuses: (action: string, input: unknown, code: string) => Promise<void>
  readonly expect: (holds: boolean, what: string) => void
}

export interface ServiceCheck {
  readonly name: string
  /** Actions of the service that it needs; not made where the provider lacks one. */
  readonly needs: readonly string[]
  readonly run: (service: ServiceUnderTest) => Promise<void>
}

/** A check of its own kind: what is asked for twice under one key is done once. */
export function once(action: string, inputOf: (service: ServiceUnderTest) => unknown, other = true): ServiceCheck {
  return {
    name: `${action} does once what it is asked for twice under one key`,
    needs: [action],
    run: async service => {
      const input = inputOf(service)
      const first = await service.call(action, input, 'one/key')
      const again = await service.repeat(action, input, 'one/key')
      service.expect(
        isDeepStrictEqual(first, again),
        `the same key gave ${JSON.stringify(first)}, then ${JSON.stringify(again)}; it must be the same thing.`,
      )
      if (!other) return
      const next = await service.call(action, input, 'another/key')
      service.expect(next['id'] !== first['id'], 'another key gave the same thing; it must be another one.')
    },
  }
}
