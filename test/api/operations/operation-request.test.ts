// What is named in an address stays one part of it. Method: requests as they are made of operations.
import { expect, test } from 'vitest';
import { operationRequest } from '../../../src/api/operations/operation-request.ts';

test('a name with any characters is one part of the path', () => {
  expect(operationRequest('runs.result', { run: 'a/../b?c' })?.path).toBe(
    '/api/v1/runs/a%2F..%2Fb%3Fc/result',
  );
});

test.each(['..', '.', ''])('"%s" is refused: an address is read without it', (run) => {
  expect(() => operationRequest('runs.result', { run })).toThrow('nothing is called so');
});
