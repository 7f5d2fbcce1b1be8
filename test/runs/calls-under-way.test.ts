import { expect, it } from 'vitest'
import { CallsUnderWay } from '../../core/runs/calls-under-way.ts'

it('waits for the effects of a step and of those inside it, and of no step whose id begins alike', async () => {
  const calls = new CallsUnderWay()
  let end = () => {}
  void calls.track('each[1].sendLater', new Promise<void>(resolve => (end = resolve)))
  const settled: string[] = []
  const wait = (path?: string) => calls.effectsSettled(path).then(() => settled.push(path ?? 'all'))
  const waiting = Promise.all(['each[1].sendLater', 'each[1]', 'each', undefined].map(wait))
  await Promise.all(['each[1].send', 'each[10]', 'eac'].map(wait))
  expect(settled.toSorted()).toEqual(['eac', 'each[10]', 'each[1].send'])
  end()
  await waiting
  expect(settled).toHaveLength(7)
})
