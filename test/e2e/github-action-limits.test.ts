// What the action for pull requests compares with, what it says of what it cannot compare, and that nothing of what it
// is given commands the runner. Method: pull-request.ts.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { act, actionFile, commit, orders, pullRequest, put, sh, who } from './pull-request.ts';

test('what others merged meanwhile is no difference of the pull request', async () => {
  const change = { from: orders(50), to: `# A limit.\n${orders(50)}` };
  const others = { 'definitions/goods.yaml': orders(7).replace('id: orders', 'id: goods') };
  const clone = await pullRequest(others, change);
  const origin = join(clone, '..', 'origin');
  const base = sh(origin, 'git', 'rev-parse', 'main').trim();
  sh(origin, 'git', 'checkout', '--quiet', 'main');
  await put(origin, 'definitions/goods.yaml', orders(3).replace('id: orders', 'id: goods'));
  commit(origin);
  sh(origin, 'git', 'checkout', '--quiet', '-b', 'merge');
  sh(origin, 'git', ...who, 'merge', '--quiet', '--no-edit', '--no-ff', 'change');
  sh(clone, 'git', 'fetch', '--quiet', '--depth', '1', 'origin', 'merge');
  sh(clone, 'git', 'checkout', '--quiet', 'FETCH_HEAD');
  const merged = { GITHUB_SHA: sh(clone, 'git', 'rev-parse', 'HEAD').trim() };
  const { outcome, summary } = await act(clone, { 'fail-on-differences': 'true', pull: base }, merged);

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('### `definitions/orders.yaml`: the scenarios of before');
  expect(summary).not.toContain('### `definitions/goods.yaml`');
});

test('a branch that is checked out itself is held against where it left the other one', async () => {
  const others = { 'definitions/goods.yaml': orders(7).replace('id: orders', 'id: goods') };
  const clone = await pullRequest(others, { from: orders(50), to: `# A limit.\n${orders(50)}` });
  const origin = join(clone, '..', 'origin');
  sh(origin, 'git', 'checkout', '--quiet', 'main');
  await put(origin, 'definitions/goods.yaml', orders(3).replace('id: orders', 'id: goods'));
  commit(origin);
  const { outcome, summary } = await act(clone, { 'fail-on-differences': 'true' });

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('### `definitions/orders.yaml`: the scenarios of before');
  expect(summary).not.toContain('### `definitions/goods.yaml`');
});

test('what cannot be compared is named, and the rest is compared all the same', async () => {
  const clone = await pullRequest(
    {
      'definitions/a-gone.yaml': orders(1).replace('id: orders', 'id: gone'),
      'definitions/b-wrong.yaml': orders(2, 'NOOPE').replace('id: orders', 'id: wrong'),
    },
    { from: orders(50), to: orders(40) },
    '.',
    {
      'definitions/a-gone.yaml': undefined,
      'definitions/b-wrong.yaml': orders(2).replace('id: orders', 'id: wrong'),
    },
  );
  const { outcome, summary } = await act(clone);

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('`definitions/a-gone.yaml`: not compared. It is not there any more');
  expect(summary).toContain('`definitions/b-wrong.yaml`: not compared. It is not valid, or was not.');
  expect(summary).toMatch(/2 scenarios by orders v50: 1 the same, 1 diverges/);
});

test('a command that is used wrongly fails the step, after the other files', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(40) });
  await put(
    clone,
    'node_modules/.bin/3ox-workflow',
    '#!/bin/sh\n[ "$1" != replay ] || { echo "error [usage.command-line] unknown option" >&2; exit 2; }\n',
    0o755,
  );
  const { outcome, summary } = await act(clone);

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 2 });
  expect(summary.match(/error \[usage\.command-line\]/g)).toHaveLength(2);
});

test('no text of a definition commands the runner, or leaves its block of the summary', async () => {
  const text = orders(50, '"NO\\n::stop-commands::t\\n```\\n# Not a heading"');
  const { said, summary } = await act(await pullRequest({}, { from: orders(50), to: text }));
  const lines = said.split('\n');
  const [, mark] = /^::stop-commands::([0-9a-f]{32})$/.exec(lines[0] ?? '') ?? [];
  const end = lines.indexOf(`::${mark}::`);

  expect(lines.slice(1, end).join('\n')).toContain('stop-commands::t');
  expect(lines[end + 1]).toMatch(/^::error file=/);
  expect(summary).toMatch(/^### workflow check\n````+\n/);
});

test('without anything installed the release of the action is used', async () => {
  const shared = await readFile(join(dirname(actionFile), 'steps.sh'), 'utf8');
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')));

  expect(shared).toContain(`npx --yes 3ox-workflow@${version} "$@"`);
});
