// What of a form goes into a link or onto a command line: all that was filled in but secrets.
import { expect, test } from 'vitest';
import type { FormField } from '../../../src/api/people.ts';
import {
  addressInput,
  changedNames,
  firstInput,
  pinnedName,
  startCommand,
  startCurl,
} from '../../../src/web/pages/start/start-input.ts';

const fields: readonly FormField[] = [
  { name: 'name', required: true, type: 'string' },
  { name: 'times', required: false, type: 'integer', default: 2 },
  { name: 'token', required: true, type: 'string', secret: true },
];

test('a link holds what was filled in, without secrets and defaults', () => {
  expect(addressInput(fields, { name: 'Ada', times: 2, token: 'hush' })).toBe('{"name":"Ada"}');
  expect(addressInput(fields, { times: 2 })).toBe('');
});

test('a link fills the form over its defaults; one that is broken fills nothing', () => {
  expect(firstInput(fields, '{"name":"Ada"}')).toEqual({ name: 'Ada', times: 2 });
  expect(firstInput(fields, '{broken')).toEqual({ times: 2 });
  expect(firstInput(fields, '[1]')).toEqual({ times: 2 });
});

test('a command line can be pasted, and names secrets without telling them', () => {
  const command = startCommand('orders', fields, { name: "O'Neil; rm", times: 3, token: 'hush' });
  expect(command).toBe(`workflow start orders --name 'O'\\''Neil; rm' --times 3 --token '<token>'`);
});

test('the same as a request', () => {
  expect(startCurl('http://localhost:7420', { definition: 'orders', input: { name: 'Ada' } })).toBe(
    `curl -X POST http://localhost:7420/api/v1/runs -H 'content-type: application/json' ` +
      `-d '{"definition":"orders","input":{"name":"Ada"}}'`,
  );
});

test('an input that is called like an option of the command is given in the way that tells them apart', () => {
  expect(startCommand('orders', [], { timeout: '5 min', json: true })).toBe(
    "workflow start orders -i 'timeout=5 min' -i 'json=true'",
  );
});

test('a request tells the key that was typed', () => {
  const body = { definition: 'orders', input: {}, idempotencyKey: 'monday' };
  expect(startCurl('http://localhost:7420', body)).toContain('"idempotencyKey":"monday"');
});

test('what somebody changed is known by its value, whether it came, went or is another one', () => {
  expect(changedNames({ a: 1, b: [1], c: 1 }, { a: 1, b: [2], d: 1 })).toEqual(['b', 'c', 'd']);
});

test('an input that begins with a dash is not taken for another option', () => {
  expect(startCommand('orders', [], { note: '--wait', times: -3 })).toBe(
    'workflow start orders --note=--wait --times=-3',
  );
});

test('the button, the command and the request start the version that the page shows', () => {
  expect(pinnedName({ id: 'orders', version: 2 })).toBe('orders@2');
  expect(pinnedName({ id: 'hurt', version: 0 })).toBe('hurt');
});
