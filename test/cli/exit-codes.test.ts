// Programs rely on exit codes, so they are pinned one by one. Method: a table of error codes.
import { expect, test } from 'vitest';
import { CliFailure, cliFailureOf } from '../../src/cli/cli-failure.ts';
import { exitCodeOf, exitCodes, exitCodesText } from '../../src/cli/exit-codes.ts';
import { NoEngine } from '../../src/ports/runs/command-channel.ts';
import { RunNotFound } from '../../src/ports/runs/workflows.ts';

test.each([
  ['usage.flags', 2],
  ['definition.invalid', 2],
  ['definition.unknown-key', 2],
  ['definition.not-executable', 2],
  ['input.missing', 2],
  ['run.ambiguous', 2],
  ['nats.unreachable', 3],
  ['journal.unavailable', 3],
  ['engine.none', 3],
  ['run.not-found', 4],
  ['definition.not-found', 4],
  ['task.unknown', 4],
  ['definition.taken', 5],
  ['approval.settled', 5],
  ['approval.not-allowed', 1],
  ['run.closed', 5],
  ['run.already-paused', 5],
  ['blob.unavailable', 3],
  ['blob.missing', 1],
  ['secret.unavailable', 3],
  ['secret.unreadable', 1],
  ['slots.line-full', 3],
  ['event.unavailable', 3],
  ['event.too-large', 1],
  ['run.limit', 5],
  ['run.not-failed', 5],
  ['run.compensated', 5],
  ['task.not-open', 5],
  ['fork.no-event', 4],
  ['fork.not-running', 5],
  ['rerun.pass-gone', 5],
  ['signal.repeated', 5],
  ['dead-letter.none', 4],
  ['dead-letter.dropped', 5],
  ['runs.count-differs', 5],
  ['child.failed', 1],
  ['nats.too-old', 1],
  ['nats.disk-full', 3],
  ['run.quarantined', 1],
  ['something.else', 1],
  ['input', 1],
])('%s exits with %i', (code, exit) => {
  expect(exitCodeOf(code)).toBe(exit);
});

test('errors of ports keep their code, and only what is transient may be tried again', () => {
  expect(cliFailureOf(new RunNotFound('x'))).toMatchObject({
    code: 'run.not-found',
    exit: 4,
    retryable: false,
  });
  expect(cliFailureOf(new NoEngine(3, 100))).toMatchObject({ code: 'engine.none', exit: 3, retryable: true });
  expect(cliFailureOf(new CliFailure('usage.x', 'no', 'do this'))).toMatchObject({ exit: 2, fix: 'do this' });
});

test('errors of the system and defects exit with 1', () => {
  expect(cliFailureOf(Object.assign(new Error('full'), { code: 'ENOSPC' }))).toMatchObject({
    code: 'system.enospc',
    exit: 1,
  });
  expect(cliFailureOf(new TypeError('x is undefined'))).toMatchObject({ code: 'internal', exit: 1 });
  expect(cliFailureOf('just text')).toMatchObject({ code: 'internal', message: 'just text' });
});

test('every exit code is documented', () => {
  for (const { exit } of exitCodes) expect(exitCodesText()).toMatch(new RegExp(`^ +${exit} {2}\\S`, 'm'));
});
