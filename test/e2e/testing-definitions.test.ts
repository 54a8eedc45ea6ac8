// A definition is tested aside, one at a time and not for ever. Method: the built program with its threads, in a
// process of its own.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from './station.ts';

const program = fileURLToPath(new URL('./testing-definitions.mjs', import.meta.url));

test('a test that takes too long is ended, another one meanwhile refused, and one after it goes well', async () => {
  const { stdout, stderr } = await runProgram(program, [], { cwd: import.meta.dirname });
  expect(stdout, stderr).not.toBe('');

  expect(JSON.parse(stdout)).toEqual({
    ...{ valid: true, busy: 'definition.test-busy', late: 'definition.test-too-long', after: true },
  });
}, 60_000);
