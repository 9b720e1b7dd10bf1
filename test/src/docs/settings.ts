import {
  commonSettings,
  databaseSettings,
  gatewaySettings,
  routerSettings,
  workerSettings,
} from '@tributary/shared';
import { z } from 'zod';

/** One setting as the documentation shows it. */
export interface DocumentedSetting {
  readonly name: string;
  /** '' for none. */
  readonly default: string;
  readonly values: string;
  readonly description: string;
}

export interface SettingsGroup {
  readonly title: string;
  readonly settings: readonly DocumentedSetting[];
}

/** Defaults that differ from machine to machine, in words. */
const DEFAULTS_IN_WORDS: Readonly<Record<string, string>> = {
  INSTANCE_ID: 'name of the host',
  MODELS_DIR: '`.cache/tributary/models` in the home',
};

const GROUPS = [
  { title: 'Every process', shape: commonSettings },
  { title: 'PostgreSQL: gateway and router', shape: databaseSettings },
  { title: 'Gateway', shape: gatewaySettings },
  { title: 'Router', shape: routerSettings },
  { title: 'Worker', shape: workerSettings },
] as const;

/** All settings of all processes, from the schemas that read them. */
export function documentedSettings(): SettingsGroup[] {
  return GROUPS.map(({ title, shape }) => ({
    title,
    settings: Object.entries(shape).map(([name, schema]) => describeSetting(name, schema)),
  }));
}

function describeSetting(name: string, schema: z.ZodType): DocumentedSetting {
  const json = z.toJSONSchema(schema);
  if (json.description === undefined) throw new Error(`${name} is not described`);
  const value = json.default;
  return {
    name,
    default: DEFAULTS_IN_WORDS[name] ?? (value === undefined || value === '' ? '' : `\`${String(value)}\``),
    values: describeValues(json),
    description: json.description,
  };
}

function describeValues(json: z.core.JSONSchema.BaseSchema): string {
  if (Array.isArray(json.enum)) return json.enum.map((each) => `\`${String(each)}\``).join(', ');
  if (json.pattern !== undefined) return `\`${json.pattern}\``;
  const { type, minimum, maximum } = json;
  if (type === 'string') return 'text';
  if (minimum === undefined || maximum === undefined) throw new Error('a number without limits');
  return `${type === 'integer' ? 'whole number, ' : ''}${format(minimum)} to ${format(maximum)}`;
}

function format(value: number): string {
  return value.toLocaleString('en-US');
}
