import { type Kysely, sql } from 'kysely';

/**
 * The schema as text, for review and for comparing with the committed `schema.sql`: tables with their columns,
 * constraints, indexes, triggers and options, then functions. The ledger of migrations is left out.
 * The same text comes from every PostgreSQL version that the store runs on.
 */
export async function dumpSchema<Database>(db: Kysely<Database>): Promise<string> {
  const { rows: tables } = await sql<{ oid: number; name: string; options: string | null }>`
    select oid, relname as name, array_to_string(reloptions, ', ') as options from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname not like 'kysely%'
    order by relname collate "C"`.execute(db);
  const parts: string[] = [];
  for (const { oid, name, options } of tables) {
    const lines = [...(await columns(db, oid)), ...(await constraints(db, oid))];
    const body = lines.map((line) => `  ${line}`).join(',\n');
    parts.push(`create table ${name} (\n${body}\n)${options === null ? '' : ` with (${options})`};`);
    parts.push(...(await indexes(db, oid)), ...(await triggers(db, oid)));
  }
  parts.push(...(await functions(db)));
  return `${parts.join('\n\n')}\n`;
}

interface Line {
  line: string;
}

async function lines<Database>(query: ReturnType<typeof sql<Line>>, db: Kysely<Database>): Promise<string[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ line }) => line);
}

function columns<Database>(db: Kysely<Database>, table: number): Promise<string[]> {
  return lines(
    sql<Line>`
      select concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        case when a.attcollation <> t.typcollation then 'collate ' || quote_ident(c.collname) end,
        case when a.attnotnull then 'not null' end,
        'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
      from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      left join pg_collation c on c.oid = a.attcollation
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = ${table}::oid and a.attnum > 0 and not a.attisdropped
      order by a.attnum`,
    db,
  );
}

/** All but NOT NULL, which newer versions keep as constraints too. */
function constraints<Database>(db: Kysely<Database>, table: number): Promise<string[]> {
  return lines(
    sql<Line>`
      select 'constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) as line
      from pg_constraint where conrelid = ${table}::oid and contype <> 'n' order by conname collate "C"`,
    db,
  );
}

/** All but those that a constraint has made. */
function indexes<Database>(db: Kysely<Database>, table: number): Promise<string[]> {
  return lines(
    sql<Line>`
      select pg_get_indexdef(i.indexrelid) || ';' as line
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = ${table}::oid
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
      order by c.relname collate "C"`,
    db,
  );
}

function triggers<Database>(db: Kysely<Database>, table: number): Promise<string[]> {
  return lines(
    sql<Line>`
      select pg_get_triggerdef(oid) || ';' as line from pg_trigger
      where tgrelid = ${table}::oid and not tgisinternal order by tgname collate "C"`,
    db,
  );
}

function functions<Database>(db: Kysely<Database>): Promise<string[]> {
  return lines(
    sql<Line>`
      select rtrim(pg_get_functiondef(oid), E'\n') || ';' as line from pg_proc
      where pronamespace = current_schema()::regnamespace and proname like 'asr%'
      order by proname collate "C"`,
    db,
  );
}
