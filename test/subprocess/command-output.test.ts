// What a command writes becomes its result, within limits. Method: real children that write JSON, text, bytes that are
// neither, and far too much.
import { expect, test } from 'vitest';
import { carryOut, node } from './carry-out.ts';

test.each([
  ['{"a": 1}\n', { a: 1 }],
  [' [1, 2] ', [1, 2]],
  ['42', 42],
  ['two\nlines\n', { stdout: 'two\nlines' }],
  ['{"half":', { stdout: '{"half":' }],
  ['', { stdout: '' }],
])('%j becomes %j', async (text, result) => {
  expect(await carryOut({ command: ['printf', '%s', text] })).toEqual(result);
});

test('output that is no UTF-8 is marked', async () => {
  const write = 'process.stdout.write(Buffer.from([0x61, 0xff, 0x00, 0x62]))';
  expect(await carryOut({ command: node(write) })).toEqual({ stdout: 'a\ufffd\0b', invalid_utf8: true });
});

test.each([
  ['an infinite number', '1e999'],
  ['endless nesting', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
])('refuses %s, which no journal can hold', async (_, text) => {
  const print = 'process.stdin.pipe(process.stdout)';
  await expect(carryOut({ command: node(print), stdin: text })).rejects.toMatchObject({
    code: 'command.invalid-output',
    retryable: false,
  });
});

test('output of one MiB is taken, one byte more is refused', async () => {
  const print = 'process.stdout.write("x".repeat(Number(process.argv[1])))';
  const mib = 1024 * 1024;
  expect(await carryOut({ command: node(print, String(mib)) })).toEqual({ stdout: 'x'.repeat(mib) });
  await expect(carryOut({ command: node(print, String(mib + 1)) })).rejects.toMatchObject({
    code: 'command.output-too-large',
    retryable: false,
    // Nothing was written on standard error, so there is nothing to show of it.
    details: {},
  });
});

test('output without end is cut off and the command ended', async () => {
  await expect(carryOut({ command: ['yes'] })).rejects.toMatchObject({ code: 'command.output-too-large' });
});

test('what is on standard error is kept as a tail, though it is 100 MB on one line', async () => {
  const script = 'head -c 100000000 /dev/zero | tr "\\0" x >&2; printf "the end" >&2; exit 3';
  const before = process.memoryUsage().rss;
  const error = await carryOut({ command: [script], shell: 'sh' }).catch((reason: unknown) => reason);
  const details = (error as { details: { stderr: string } }).details;

  expect(details.stderr).toMatch(/^x+the end$/);
  expect(details.stderr).toHaveLength(4096);
  expect(process.memoryUsage().rss - before).toBeLessThan(90e6);
});
