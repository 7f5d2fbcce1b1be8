import { expect, it } from 'vitest'
import { choicePlaceAt } from '../../admin-ui/src/features/playbooks/choice-place.ts'

/** The place at `|`. */
function at(marked: string) {
  const position = marked.indexOf('|')
  return choicePlaceAt(marked.replace('|', ''), position)
}
const step = (rest: string) => at(`steps:\n  - id: find\n    uses: hubspot/search-contacts@^1\n    with:\n${rest}`)

it('finds the value of an input, of an entry of a list and of a field of one', () => {
  expect(step('      calendarId: pri|')).toEqual({
    uses: 'hubspot/search-contacts@^1',
    account: undefined,
    field: 'calendarId',
    from: expect.any(Number),
    word: 'pri',
    isKey: false,
  })
  expect(step('      properties:\n        - email\n        - pla|')).toMatchObject({
    field: 'properties[]',
    word: 'pla',
  })
  expect(step('      properties:\n      - email\n      - |')).toMatchObject({ field: 'properties[]', word: '' })
  expect(step('      filters:\n        - operator: EQ\n          property: hs_|')).toMatchObject({
    field: 'filters[].property',
    word: 'hs_',
  })
  expect(step('      filters:\n        - property: hs_|')).toMatchObject({ field: 'filters[].property' })
  expect(step('      sort:\n        property: |')).toMatchObject({ field: 'sort.property' })
})

it('finds a key of a map, and `uses` below `with`', () => {
  expect(
    at('steps:\n  - with:\n      email: a@b.c\n      properties:\n        pla|\n    uses: hubspot/upsert-contact\n'),
  ).toMatchObject({
    uses: 'hubspot/upsert-contact',
    field: 'properties.*',
    isKey: true,
    word: 'pla',
  })
})

it('says with which account the step calls, wherever in the step that stands', () => {
  const asked = (text: string) => at(text)?.account
  expect(asked('steps:\n  - uses: a/b\n    account: sales\n    with:\n      x: |\n')).toBe('sales')
  expect(asked('steps:\n  - account: "sales-brazil"\n    with:\n      x: |\n    uses: a/b\n')).toBe('sales-brazil')
  expect(asked("steps:\n  - uses: a/b\n    with:\n      x: |\n    account: 'sales'\n")).toBe('sales')
  expect(asked('steps:\n  - uses: a/b\n    with:\n      account: no\n      x: |\n')).toBeUndefined()
  expect(asked('steps:\n  - uses: a/b\n    account: sales\n  - uses: a/b\n    with:\n      x: |\n')).toBeUndefined()
  expect(asked('steps:\n  - uses: a/b\n    with:\n      x: |\n  - uses: a/b\n    account: sales\n')).toBeUndefined()
})

it('is nowhere else: outside of a stepand in another step', () => {
  expect(at('id: x\nname: a|')).toBeUndefined()
  expect(step('      em|')).toBeUndefined()
  expect(at('steps:\n  - uses: a/b\n  - with:\n      x: |')).toBeUndefined()
  expect(at('steps:\n  - with:\n      x: |\n  - uses: a/b\n')).toBeUndefined()
})
