// What a command writes becomes its result, within limits. Method: real children that write JSON, text, bytes that are
// neither, and far too much.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { AttemptLog } from '../../events/task-events.ts';
import type { Attempt } from '../../src/ports/work/handler.ts';
import { createCommandHandler } from '../../src/subprocess/command-handler.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';
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

/** What an attempt printed, as it is kept. */
async function printedBy(script: string, given: Partial<Attempt> = {}) {
  const attempt = testAttempt({ projectDir: await temporaryProject({}), ...given });
  const handler = createCommandHandler({ env: {}, shell: 'sh', command: [script] }, { graceMs: 100 });
  await handler(attempt).catch(() => undefined);

  return attempt.logs;
}

test('what is printed on both streams is kept, and nothing where nothing was printed', async () => {
  expect(await printedBy('echo out; echo err >&2; exit 1')).toEqual([{ stdout: 'out\n', stderr: 'err\n' }]);
  expect(await printedBy('true')).toEqual([]);
});

test('of a long stream its first 8 KiB and its last 24 KiB are kept, and how much was between them', async () => {
  const kib = 1024;
  const filled = (count: number) => `printf '%*s' ${count} ''`;
  const all = await printedBy(`${filled(32 * kib)} >&2`);
  expect(all).toEqual([{ stderr: ' '.repeat(32 * kib) }]);

  const [log] = await printedBy(`{ printf first; ${filled(100 * kib)}; printf last; } >&2`);
  expect(log?.stdout).toBeUndefined();
  expect(log?.stderr).toEqual({
    head: `first${' '.repeat(8 * kib - 5)}`,
    omittedBytes: 68 * kib + 9,
    tail: `${' '.repeat(24 * kib - 4)}last`,
  });
});

test('bytes that are no text are kept as a text that can be recorded and shown', async () => {
  const bytes = 'process.stderr.write(Buffer.from(Array.from({ length: 60000 }, (_, at) => (at * 7) % 256)))';
  const [log] = await printedBy(`"$1" -e '${bytes}'`.replace('"$1"', process.execPath));

  expect(AttemptLog.safeParse(log).success).toBe(true);
  expect(JSON.parse(canonicalJson(log as Json))).toEqual(log);
  expect(canonicalJson(log as Json).length).toBeLessThan(6 * 32 * 1024);
});

test('what was printed by a command that was ended with its attempt is kept', async () => {
  const over = new AbortController();
  const details = () => over.abort();
  const tell = `echo '{"heartbeat": {"details": 1}}' >&3`;
  const logs = await printedBy(`echo last words; ${tell}; exec sleep 60`, { signal: over.signal, details });

  expect(logs).toEqual([{ stdout: 'last words\n' }]);
});
