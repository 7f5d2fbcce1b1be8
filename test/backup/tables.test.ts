import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../core/adapters/database.ts'
import { compareSums, insertRows, readRows, readTables, speakExactly, Summing } from '../../core/backup/tables.ts'
import { DATABASE_KINDS, openTestDatabase } from '../support/database.ts'

/** By type: values that the usual ways through JSON lose something of. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  integer: [`'-2147483648'`],
  bigint: ['9223372036854775807', '9007199254740993'],
  numeric: ['1.50', '123456789012345678901234567890.123456789', `'NaN'`, '0.000'],
  real: [`'-0'`, '0.1', '16777217', `'Infinity'`, '1.17549435e-38'],
  'double precision': [`'-0'`, '0.1', '4.9e-324', '1.7976931348623157e308', `'NaN'`, '0.30000000000000004'],
  date: [`'0044-03-15 BC'`, `'infinity'`],
  'timestamp with time zone': [`'2026-11-30 03:00:00.123456+05:45'`, `'-infinity'`],
  text: [`''`, `'null'`, `'a"b\\c'`, `E'line\\nline\\r\\ttab'`, `'ação 🙂'`, `'[1]'`],
  'character varying(40)': [`'  x  '`],
  uuid: [`'0199a0a0-0000-7000-8000-000000000000'`],
  jsonb: [`'null'`, `'{"a": [1.10, null, "\\u00e9"], "b": 1e400}'`, `'"text"'`, `'[]'`],
  bytea: [String.raw`'\x00ff0a0d5c22'`, `''`],
  'text[]': [`'{}'`, `array['a,b', null, '', 'NULL', '"q"']`],
}

describe.each(DATABASE_KINDS)('rows of a backup, on %s', kind => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind, [])
  })
  afterAll(() => database.close())
  const ask = <Row>(text: string) => database.sql.query<Row>({ name: '', text })

  it('come back as they were, whatever the type', async () => {
    const types = Object.keys(VALUES)
    await ask(
      `create table exact (id int, ${types.map((type, at) => `c${at} ${type}`).join(', ')}, twice int generated always as (id * 2) stored)`,
    )
    for (const [at, type] of types.entries())
      for (const value of VALUES[type]!) await ask(`insert into exact (id, c${at}) values (${at}, ${value}::${type})`)
    await ask('create table copied (like exact including generated)')
    await database.sql.transaction(async tx => {
      await speakExactly(tx)
      const tables = await readTables(tx)
      const [exact, copied] = ['exact', 'copied'].map(name => tables.find(table => table.name === name)!)
      expect(exact!.columns.map(({ name }) => name)).not.toContain('twice')
      const [read, again] = [new Summing(), new Summing()]
      for await (const lines of readRows(tx, exact!)) {
        read.add(lines)
        await insertRows(tx, copied!, lines.toReversed())
      }
      for await (const lines of readRows(tx, copied!)) again.add(lines)
      expect(again.result).toEqual(read.result)
      expect(read.result.rows).toBe(Object.values(VALUES).flat().length)
    })
    // In binary, as Postgres sends them: text is what is to be proved
    const binary = types.map((_type, at) => `encode(${SENDS[at]!}(c${at}), 'hex')`).join(', ')
    const rows = (table: string) =>
      ask(`select array[id::text, twice::text, ${binary}]::text as row from ${table} order by 1`)
    expect(await rows('copied')).toEqual(await rows('exact'))
    await ask('drop table exact')
    await ask('drop table copied')
  })

  it('are counted with what is in them, in whatever order', () => {
    const sum = (...lines: string[]) => {
      const summing = new Summing()
      summing.add(lines)
      return { leads: summing.result }
    }
    const wanted = sum('["1"]', '["2"]')
    expect(() => compareSums(wanted, sum('["2"]', '["1"]'))).not.toThrow()
    for (const found of [sum('["1"]'), sum('["1"]', '["3"]'), sum('["1"]', '["2"]', '["2"]'), {}])
      expect(() => compareSums(wanted, found)).toThrow(/leads: 2 rows .* were backed up/)
    expect(() => compareSums({}, wanted)).toThrow(/leads: no rows/)
  })

  it('are of every table; whoever adds something that is none finds it here', async () => {
    const tables = await database.sql.transaction(tx => readTables(tx))
    const there = await ask<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    )
    expect(tables.map(({ name }) => name).toSorted()).toEqual(there.map(({ name }) => name).toSorted())
    expect(tables.length).toBeGreaterThan(90)
    const others = () => ask<{ name: string }>(NO_TABLES)
    expect(await others(), 'views, partitions, sequences of nobody, types: a backup would forget them').toEqual([])
    await ask('create sequence forgotten')
    await ask(`create type mood as enum ('good')`)
    await ask('create materialized view counted as select count(*) from leads')
    expect(await others()).toEqual([{ name: 'counted' }, { name: 'forgotten' }, { name: 'mood' }])
    await ask('drop materialized view counted')
    await ask('drop type mood')
    await ask('drop sequence forgotten')
  })
})

const SENDS = [
  'boolsend', 'int4send', 'int8send', 'numeric_send', 'float4send', 'float8send', 'date_send', 'timestamptz_send',
  'textsend', 'varcharsend', 'uuid_send', 'jsonb_send', '', 'array_send',
] // prettier-ignore

const NO_TABLES = `
  select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind not in ('r', 'i', 'c')
    and not (relkind = 'S' and exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i')))
  union all
  select typname from pg_type t where typnamespace = 'public'::regnamespace and typtype in ('e', 'd', 'r')
    and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
  order by 1`
