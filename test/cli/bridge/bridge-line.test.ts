// What a line of a chat asks for. Method: lines as agents type them, the seeds' own first.
import { expect, test } from 'vitest';
import { readBridgeLine } from '../../../src/cli/bridge/bridge-line.ts';

test.each([
  [
    '@workflow inventory-validation-v1 target_folder=0UT.3OX',
    ['start', 'inventory-validation-v1', '-i', 'target_folder=0UT.3OX', '--detach'],
  ],
  ['@workflow start status count=3  ', ['start', 'status', '-i', 'count=3', '--detach']],
  [
    `@workflow orders note="two words" path='a "b"' empty= eq=a=b`,
    [
      ...['start', 'orders', '-i', 'note=two words', '-i', 'path=a "b"', '-i', 'empty=', '-i', 'eq=a=b'],
      '--detach',
    ],
  ],
  ['@workflow status', ['status']],
  ['@workflow status 01kah3', ['status', '01kah3']],
  ['@workflow list status=FAILED limit=5', ['list', '--status', 'FAILED', '--limit', '5']],
  ['@workflow approvals', ['approvals']],
  ['@workflow approve 01kah3', ['approve', '01kah3', '--detach']],
  [
    '@workflow approve 01kah3 sign comment="go on" amount=5',
    ['approve', '01kah3', 'sign', '--comment', 'go on', '--field', 'amount=5', '--detach'],
  ],
  ['@workflow reject 01kah3 comment=no', ['reject', '01kah3', '--comment', 'no', '--detach']],
  ['@workflow pause 01kah3 reason="a \\"b\\""', ['pause', '01kah3', '--reason', 'a "b"']],
  ['@workflow resume 01kah3', ['resume', '01kah3', '--detach']],
  ['@workflow cancel 01kah3', ['cancel', '01kah3', '--detach']],
])('%s', (line, words) => {
  expect(readBridgeLine(line)).toMatchObject({ kind: 'command', words });
});

test.each(['0UT.3OX/evil.yaml', 'evil.yaml', '../evil', '/etc/evil', 'EVIL.JSON', 'a\\b'])(
  'a definition is never named by a file: %s',
  (file) => {
    const message = `${file}: a definition is named by its id here, never by a file`;
    expect(readBridgeLine(`@workflow '${file}'`)).toEqual({ kind: 'problem', message });
    expect(readBridgeLine(`@workflow start '${file}' a=1`)).toEqual({ kind: 'problem', message });
  },
);

test.each([
  '',
  '  @workflow list',
  'hello',
  'see @workflow list',
  '@workflows list',
  'workflow list',
  '@WORKFLOW list',
])('%j is talk', (line) => {
  expect(readBridgeLine(line)).toEqual({ kind: 'none' });
});

test.each([
  ['@workflow orders "open', 'a quote is not closed'],
  ["@workflow orders note='open", 'a quote is not closed'],
  ['@workflow orders --project /etc', '--project: flags are not read here, write name=value'],
  ['@workflow status --json', '--json: flags are not read here, write name=value'],
  ['@workflow approve', 'expected @workflow approve <run> [task] [comment="..."] [field=value ...]'],
  ['@workflow orders extra word', 'expected @workflow start <definition> name=value ...'],
  ['@workflow status a b', 'expected @workflow status [run]'],
  ['@workflow reject 01kah3 coment=no', 'coment= is not read here; did you mean comment=?'],
  ['@workflow approvals x=1', 'x= is not read here; expected @workflow approvals'],
  [`@workflow orders a=${'x'.repeat(17_000)}`, 'the line has 17019 characters, at most 16384 are read'],
])('%s is refused', (line, message) => {
  expect(readBridgeLine(line)).toEqual({ kind: 'problem', message });
});

test.each(['@workflow', '@workflow help'])('%s is answered with all that there is', (line) => {
  expect(readBridgeLine(line)).toMatchObject({
    message: expect.stringContaining('@workflow list [status=FAILED]'),
  });
});
