import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

describe.each(DATABASE_KINDS)('inputs of a run, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
    await engine.publish(`
id: greet
name: Greet
module: vendas
inputs:
  days: { type: integer, default: 2 }
  who: { type: string, required: true }
triggers:
  - event: test.asked
    inputs: { who: '\${{ event.name }}', days: '\${{ event.days }}' }
  - event: test.greeted
    inputs: { who: everybody }
enrollment: { subject: '\${{ inputs.who }}', reenter: true }
steps:
  - { id: pause, wait: '\${{ days(inputs.days) }}' }
outputs: { who: '\${{ inputs.who }}', days: '\${{ inputs.days + 1 }}' }
`)
  })
  afterAll(() => engine.close())

  const who = (id: number) => `01980a3e-5b7a-7c41-9d52-00000000000${id}`

  it('come from the trigger, are stored with the run, and are there after it was parked', async () => {
    await engine.emit('test.asked', { name: who(1), days: 5 })
    await engine.settled()
    const [run] = await engine.runs()
    expect(run).toMatchObject({ status: 'waiting', inputs: { who: who(1), days: 5 }, subjectId: who(1) })
    await engine.advance(5 * 86_400_000)
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', output: { who: who(1), days: 6 } })
  })

  it('that do not fit are a failed run that says which, what was found and what is wanted', async () => {
    await engine.emit('test.asked', { name: who(2), days: 'many' })
    await engine.settled()
    const [run] = await engine.runs()
    expect(run).toMatchObject({
      status: 'failed',
      inputs: null,
      error: {
        code: 'VALIDATION',
        message: 'The inputs of greet cannot be accepted: "days" must be a whole number, found "many".',
      },
    })
  })

  it('that cannot be computed are a failed run too', async () => {
    await engine.emit('test.asked', { days: 1 })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION' } })
  })
})
