import { CLOSE_CODES, ClientMessageSchema, ERRORS, ResumeSchema, StartSchema } from '@tributary/shared';
import { expect, test } from 'vitest';
import { documentText } from './committed-file.js';
import { headings } from './pages.js';

const PAGE = 'docs/protocol.md';

/** The text below a heading, up to the next one. */
function section(title: string): string {
  const [, text = ''] = documentText(PAGE).split(new RegExp(`^#+ ${title}$`, 'm'));
  return text.split(/^#+ /m)[0] ?? '';
}

/** Names in the first cells of a table. */
function fields(text: string): string[] {
  const cells = [...text.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).sort();
}

test('docs/protocol.md has a section for each action', () => {
  const titles = headings(PAGE).map(({ text }) => /^`(\w+)`/.exec(text)?.[1]);
  const actions = ClientMessageSchema.options.map(({ shape }) => shape.action.value);
  expect(titles.filter((title) => title !== undefined).sort()).toEqual([...actions].sort());
});

test.each([
  ['`start`', StartSchema],
  ['`resume`', ResumeSchema],
])('docs/protocol.md has the fields of %s', (title, schema) => {
  expect(fields(section(title))).toEqual(Object.keys(schema.shape).sort());
});

test('docs/protocol.md answers limits with errors and close codes that exist', () => {
  const answers =
    section('Limits')
      .match(/^\|.*\|$/gm)
      ?.map((row) => row.split('|').at(-2) ?? '') ?? [];
  const codes = answers.flatMap((answer) =>
    [...answer.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => code),
  );
  expect(codes.length).toBeGreaterThan(5);
  const others = ['retry_after_ms', 'finish', 'abandoned'];
  expect(codes.filter((code) => !(code in ERRORS) && !others.includes(code))).toEqual([]);
  const closes = answers.flatMap((answer) => answer.match(/close code (\d+)/)?.[1] ?? []);
  expect(
    closes.map(Number).filter((code) => !(Object.values(CLOSE_CODES) as number[]).includes(code)),
  ).toEqual([]);
});
