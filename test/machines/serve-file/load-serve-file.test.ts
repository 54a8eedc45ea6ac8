// serve.yaml says which hooks and alert rules there are. Method: a text for every rule; of a wrong one, every problem
// it must give at once, as `line:column code`, and of some the whole message.
import { describe, expect, test } from 'vitest';
import { loadServeFile } from '../../../machines/serve-file/load-serve-file.ts';

function loaded(content: string) {
  const result = loadServeFile({ file: 'serve.yaml', content });
  if (!result.ok)
    throw new Error(result.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));

  return result;
}

function problemsOf(content: string) {
  const result = loadServeFile({ file: 'serve.yaml', content });

  return result.ok ? result.warnings : result.problems;
}

function codesOf(content: string): readonly string[] {
  return problemsOf(content).map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('hooks', () => {
  test('what a scheme implies is filled in', () => {
    const { hooks } = loaded(`hooks:
  github: {event: {from_header: X-GitHub-Event, prefix: github.}, secret: GH, signature: github}
  billing: {event: {from_body: type}, secret: BILL, signature: stripe}
  standard: {event: order.paid, secret: STD, signature: standard-webhooks, id: {body: order.id}}
  own: {event: a.b, secret: OWN, signature: {scheme: hmac-sha256, header: X-Sign}, as: shop}
`);
    expect(hooks).toEqual([
      {
        name: 'github',
        event: { from: { header: 'X-GitHub-Event' }, prefix: 'github.' },
        signed: { by: { scheme: 'github' }, secret: 'GH' },
        id: { header: 'X-GitHub-Delivery' },
      },
      {
        name: 'billing',
        event: { from: { body: 'type' }, prefix: '' },
        signed: { by: { scheme: 'stripe' }, secret: 'BILL' },
        id: { body: 'id' },
      },
      {
        name: 'standard',
        event: { type: 'order.paid' },
        signed: { by: { scheme: 'standard-webhooks' }, secret: 'STD' },
        id: { body: 'order.id' },
      },
      {
        name: 'own',
        event: { type: 'a.b' },
        signed: {
          by: { scheme: 'hmac-sha256', header: 'X-Sign', prefix: '', encoding: 'hex' },
          secret: 'OWN',
        },
        as: 'shop',
      },
    ]);
  });

  test('a hook that anybody may use has to say so', () => {
    expect(codesOf('hooks: [{name: open, event: a.b}]')).toEqual(['1:9 serve.unsigned']);
    expect(problemsOf('hooks: [{name: open, event: a.b, secret: S}]')[0]?.message).toBe(
      'anybody could send to the hook open: add signature: github, or allow_unsigned: true if that is meant',
    );
    expect(loaded('hooks: [{name: open, event: a.b, allow_unsigned: true}]').hooks).toEqual([
      { name: 'open', event: { type: 'a.b' } },
    ]);
    expect(codesOf('hooks: {a: {event: a.b, secret: S, signature: github, allow_unsigned: true}}')).toEqual([
      '1:55 serve.contradiction',
    ]);
  });
});

describe('alert rules', () => {
  test('durations are ms, and a place may stand alone', () => {
    const { alerts } = loaded(`alerts:
  - {name: failed, on: run_failed, definition: "pay-*", to: log}
  - {name: stuck, on: approval_waiting, after: 10m, repeat: 4h, to: [log, {webhook: "https://chat.example/x", secret: CHAT}, {command: [say, it]}]}
`);
    expect(alerts).toEqual([
      { name: 'failed', on: 'run_failed', definition: 'pay-*', to: [{ kind: 'log' }] },
      {
        name: 'stuck',
        on: 'approval_waiting',
        afterMs: 600_000,
        repeatMs: 14_400_000,
        to: [
          { kind: 'log' },
          { kind: 'webhook', url: 'https://chat.example/x', secret: 'CHAT' },
          { kind: 'command', command: ['say', 'it'] },
        ],
      },
    ]);
  });

  test('repeating what happens once has no effect', () => {
    expect(codesOf('alerts: {a: {on: run_failed, to: log, repeat: 1h}}')).toEqual(['1:39 serve.no-effect']);
  });
});

test.each([
  ['https://me:key@chat.example/x', 'expected an address without a user and a password'],
  ['https://[chat', 'expected an address that begins with https:// or http://'],
  ['ftp://chat.example', 'expected an address that begins with https:// or http://'],
])('nothing can be posted to %s', (address, message) => {
  const problems = problemsOf(`alerts: {a: {on: run_failed, to: {webhook: "${address}"}}}`);
  expect(problems.map((each) => each.message).join('\n')).toContain(message);
});

test('hosts of the own network are listed, and what is none is told', () => {
  const text = 'private_hosts: [payments.internal, "127.0.0.1:8080", "[::1]"]';
  expect(loaded(text)).toMatchObject({ privateHosts: ['payments.internal', '127.0.0.1:8080', '[::1]'] });
  expect(codesOf('private_hosts: ["http://a", A.internal]')).toEqual([
    '1:17 serve.bad-value',
    '1:29 serve.bad-value',
  ]);
  expect(codesOf('private_hosts: localhost')).toEqual(['1:16 serve.wrong-type']);
});

test('a project says how long runs stay whose definition says nothing of it', () => {
  expect(loaded('retention: {keep: 90d}').retention).toEqual({ keepMs: 90 * 86_400_000, after: 'archive' });
  expect(loaded('hooks: []').retention).toBeUndefined();
  expect(codesOf('retention: {keep: 90, then: keep}')).toEqual([
    '1:19 serve.wrong-type',
    '1:29 serve.bad-value',
  ]);
  expect(problemsOf('retention: {keep: 90}').map(({ message }) => message)).toEqual([
    'a bare number is not a duration: write 90s',
  ]);
});

test('what runs do is told where anybody listens, or always', () => {
  expect(loaded('tell_events: always').tellsAlways).toBe(true);
  expect(loaded('tell_events: where_heard').tellsAlways).toBe(false);
  expect(loaded('hooks: []').tellsAlways).toBeUndefined();
  expect(problemsOf('tell_events: allways').map(({ message }) => message)).toEqual([
    'expected where_heard, always, found "allways"; did you mean "always"?',
  ]);
});

test('a project says how much of everything its namespace may use', () => {
  expect(loaded('quotas: {live_runs: 1000, starts_per_second: 50, bytes: 1.5GB}').quotas).toEqual({
    ...{ liveRuns: 1_000, startsPerSecond: 50, bytes: 1_500_000_000 },
  });
  expect(loaded('quotas: {bytes: 2TiB}').quotas).toEqual({ bytes: 2 * 1024 ** 4 });
  expect(loaded('hooks: []').quotas).toBeUndefined();
  expect(codesOf('quotas: {live_runs: 0, bytes: much, disk: 1GB}')).toEqual([
    '1:21 serve.out-of-range',
    '1:31 serve.bad-value',
    '1:37 serve.unknown-key',
  ]);
});

test('keys with nothing behind them declare nothing', () => {
  for (const text of ['{}', 'hooks:\nalerts:\n'])
    expect(loaded(text)).toMatchObject({ hooks: [], alerts: [] });
});

test.each([
  ['hook: []', ['1:1 serve.unknown-key'], 'unknown key "hook"; did you mean "hooks"?'],
  [
    '[]',
    ['1:1 serve.not-a-mapping'],
    'expected a mapping with the keys hooks and alerts and stratos and mail and private_hosts and oidc and retention and quotas and tell_events, found a list',
  ],
  [
    'alerts: [{name: a, on: run_faild, to: log}]',
    ['1:24 serve.bad-value'],
    'expected run_failed, run_late, approval_waiting, no_worker, run_quarantined, dead_letter, threshold_passed, store_failing, found "run_faild"; ' +
      'did you mean "run_failed"?',
  ],
  [
    'alerts: [{name: a, on: run_failed, to: []}]',
    ['1:40 serve.bad-value'],
    'expected a place where it is said, found an empty list',
  ],
  [
    'hooks: {a: github}',
    ['1:12 serve.wrong-type'],
    'expected a hook, a mapping such as {event: push, signature: github, secret: NAME}, found text',
  ],
])('%j is told as it is', (content, codes, message) => {
  const problems = problemsOf(content);
  expect(problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(codes);
  expect(problems[0]?.message ?? '').toBe(message);
});

test('all that is wrong is told at once', () => {
  const content = `hooks:
  Bad Name: {event: "a b", secret: S, signature: githb}
  two: {event: a.b, secret: S, signature: github, id: {head: X}}
alerts:
  - {name: a, on: run_late, after: 5, to: {webhook: "ftp://x"}}
`;
  expect(codesOf(content).length).toBeGreaterThanOrEqual(5);
});

const rule =
  'alerts: {waits: {on: approval_waiting, to: {mail: [ana@example.org, "Bob <bob@example.org>"]}}}\n';

test('mail names the server, and rules the addresses', () => {
  const { alerts, mail } = loaded(`${rule}mail: {server: "smtps://mail.example", from: ox@example.org}\n`);
  expect(alerts[0]?.to).toEqual([{ kind: 'mail', to: ['ana@example.org', 'Bob <bob@example.org>'] }]);
  expect(mail).toEqual({ server: 'smtps://mail.example', from: 'ox@example.org' });
});

test.each([
  [rule, '1:9 serve.no-mail-server'],
  [`${rule}mail: {server: "smtp://ox:secret@mail.example", from: a@b}`, '2:16 serve.bad-value'],
  [`${rule}mail: {server: "http://mail.example", from: a@b}`, '2:16 serve.bad-value'],
  [`${rule}mail: {server: "smtp://mail.example", from: nobody}`, '2:45 serve.bad-value'],
  [`${rule}mail: {server: "smtp://mail.example", from: a@b, user: ox}`, '2:7 serve.contradiction'],
])('%s is refused where it stands', (content, problem) => {
  expect(codesOf(content)).toEqual([problem]);
});

describe('alerts that go up', () => {
  const levels = `stratos:
  operational: {to: log, escalate: 30m}
  tactical: {to: {command: [tell]}, escalate: 4h}
  strategic: {to: {webhook: "https://board.example"}}
`;
  const rulesOf = (content: string) =>
    loaded(content).alerts.map(({ name, stratos, laterMs, to }) => [
      name,
      stratos,
      (laterMs ?? 0) / 60_000,
      to.map(({ kind }) => kind).join(),
    ]);
  test('each level is told where it says, and the levels above it later', () => {
    expect(rulesOf(`alerts: [{name: f, on: run_failed, to: stratos}]\n${levels}`)).toEqual([
      ['f', 'strategic', 0, 'webhook'],
      ['f', 'tactical', 0, 'command'],
      ['f (strategic)', 'tactical', 240, 'webhook'],
      ['f', 'operational', 0, 'log'],
      ['f (tactical)', 'operational', 30, 'command'],
      ['f (strategic)', 'operational', 270, 'webhook'],
    ]);
  });
  test('other places are told at once, at every level', () => {
    const text = `alerts: [{name: f, on: run_failed, stratos: tactical, to: [log, stratos]}]\n${levels}`;
    expect(rulesOf(text)).toEqual([
      ['f', 'tactical', 0, 'log,command'],
      ['f (strategic)', 'tactical', 240, 'webhook'],
    ]);
  });
  test('a level of which nothing is said is passed over, and without escalate it ends', () => {
    const passed = 'stratos: {operational: {to: log, escalate: 1h}, strategic: {to: {command: [tell]}}}\n';
    expect(
      rulesOf(`alerts: [{name: f, on: run_failed, stratos: operational, to: stratos}]\n${passed}`),
    ).toEqual([
      ['f', 'operational', 0, 'log'],
      ['f (strategic)', 'operational', 60, 'command'],
    ]);
    const ends = 'stratos: {operational: {to: log}, strategic: {to: {command: [tell]}}}\n';
    expect(
      rulesOf(`alerts: [{name: f, on: run_failed, stratos: operational, to: stratos}]\n${ends}`),
    ).toEqual([['f', 'operational', 0, 'log']]);
  });
  test('a rule that leads nowhere, an unknown level and a way up that ends are told at their places', () => {
    expect(codesOf('alerts: [{name: f, on: run_failed, to: stratos}]\n')).toEqual(['1:40 serve.no-stratos']);
    expect(codesOf('stratos:\n  tactics: {to: log}\n')).toEqual(['2:3 serve.unknown-key']);
    expect(codesOf('stratos:\n  tactical: {to: log, escalate: 1h}\n')).toEqual(['2:23 serve.no-effect']);
  });
});
