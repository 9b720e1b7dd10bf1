import { test } from 'vitest';
import { expectCommitted } from './committed-file.js';
import { errorsPage } from './errors-page.js';

test('docs/errors.md says which errors and close codes there are', () => {
  expectCommitted('docs/errors.md', errorsPage());
});
