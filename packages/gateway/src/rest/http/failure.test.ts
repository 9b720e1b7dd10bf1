import { TributaryError } from '@tributary/shared';
import { StoreError } from '@tributary/shared/store';
import { expect, test } from 'vitest';
import { asRequestFailure, RequestFailure } from './failure.js';

test.each([
  [new RequestFailure(405, 'invalid_request'), 405, 'invalid_request'],
  [new TributaryError('invalid_request', 'limit'), 400, 'invalid_request'],
  [new TributaryError('not_found'), 404, 'not_found'],
  [new TributaryError('unavailable'), 503, 'unavailable'],
  [new TributaryError('too_many_sessions'), 500, 'internal'],
  [new StoreError('connection_failed'), 503, 'unavailable'],
  [
    new StoreError('connection_failed', 'password', { temporary: false, sqlState: '28P01' }),
    503,
    'unavailable',
  ],
  [new StoreError('deadline_passed'), 503, 'unavailable'],
  [new StoreError('closed'), 503, 'unavailable'],
  [new StoreError('statement_failed', 'x', { sqlState: '57014', temporary: true }), 503, 'unavailable'],
  [new StoreError('statement_failed', 'x', { sqlState: '22008' }), 400, 'invalid_request'],
  [new StoreError('statement_failed', 'x', { sqlState: '42P01' }), 503, 'unavailable'],
  [new StoreError('statement_failed', 'x', { sqlState: '42601' }), 500, 'internal'],
  [new Error('secret detail'), 500, 'internal'],
  ['secret detail', 500, 'internal'],
])('%s', (error, status, code) => {
  const failure = asRequestFailure(error);
  expect(failure).toMatchObject({ status, code });
  expect(failure.message).not.toContain('secret');
  expect('retry-after' in failure.headers).toBe(status === 503);
});
