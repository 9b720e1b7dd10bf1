import { type RawBuilder, sql } from 'kysely';
import { arrayLiteral } from './array-literal.js';

type Scalar = string | number | boolean | null;

/**
 * `unnest($1::text[], …) as alias (names…)`: rows as one array parameter a column, so that their number is not
 * bounded by that of parameters and the statement's text is always the same. `jsonb` travels as text.
 */
export function unnestRows<Name extends string>(
  rows: readonly Readonly<Record<Name, Scalar>>[],
  types: Readonly<Record<Name, string>>,
  alias: string,
): RawBuilder<unknown> {
  const names = Object.keys(types) as Name[];
  const arrays = names.map((name) => {
    const type = types[name] === 'jsonb' ? 'text' : types[name];
    return sql`${arrayLiteral(rows.map((row) => row[name]))}::${sql.raw(type)}[]`;
  });
  return sql`unnest(${sql.join(arrays)}) as ${sql.id(alias)} (${sql.join(names.map((name) => sql.id(name)))})`;
}
