// The action for pull requests does what its page says. Method: pull-request.ts.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { act, orders, pullRequest, sh } from './pull-request.ts';

const cases = `test:
  cases:
    - name: ten is little
      input: {amount: 10}
      expect: {path: [small], tasks: {large: SKIPPED}}
`;

test('a changed definition is checked, tested, and held against what there was', async () => {
  const clone = await pullRequest(
    { 'definitions/orders.test.yaml': cases },
    { from: orders(50), to: orders(40) },
  );
  const { outcome, summary, said } = await act(clone);

  expect(outcome, said).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('### workflow check\n```\n✓ definitions/orders.yaml  orders v40, 3 tasks\n');
  expect(summary).toMatch(
    /### workflow test\n```\n✓ definitions\/orders\.yaml[\s\S]* 1 case, 0 failed.*\nwrote .*\n```\n/,
  );
  // 10 and 51, which go the two ways of before, go them still; 41 does not.
  expect(summary).toContain(
    '### `definitions/orders.yaml`: the scenarios of before, by the change\n```\n2 scenarios by orders v40: 2 the same\n```\n',
  );
  expect(summary).toMatch(
    /the scenarios of the change, by what was before\n```\nSCENARIO .*\n.*diverges at event 2 +decision route took false instead of true.*\n2 scenarios by orders v50: 1 the same, 1 diverges\n```\n$/,
  );
  expect(said).not.toContain('::error');
  expect(await readFile(join(clone, 'workflow-tests.xml'), 'utf8')).toContain(
    '<testsuite name="definitions/orders.yaml"',
  );
});

test('a mistake fails it and is shown at its line, and what can still be told is told', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(50, 'NOOPE') });
  const { outcome, summary, said } = await act(clone);

  expect(outcome).toEqual({ Check: 2, Test: 2, 'What if': 0 });
  expect(said).toMatch(
    /^::error file=definitions\/orders\.yaml,line=7,col=\d+,title=definition\.[a-z-]+::tasks\.large\.type: .*NOOPE/m,
  );
  expect(summary).toMatch(/✗ definitions\/orders\.yaml {2}1 error\n/);
  expect(summary).toContain('`definitions/orders.yaml`: not compared. It is not valid, or was not.\n');
});

test('a case that fails is shown at its line', async () => {
  const clone = await pullRequest(
    { 'definitions/orders.test.yaml': cases },
    { from: orders(50), to: orders(5) },
  );
  const { outcome, said } = await act(clone);

  expect(outcome).toEqual({ Check: 0, Test: 7, 'What if': 0 });
  expect(said).toMatch(/^::error file=definitions\/orders\.test\.yaml,line=3::ten is little%0A/m);
});

test('a project in a folder may have its differences fail, and none where nothing differs', async () => {
  const options = { project: 'shop', 'fail-on-differences': 'true' };
  const differing = await pullRequest({}, { from: orders(50), to: orders(40) }, 'shop');
  expect((await act(differing, options)).outcome).toEqual({ Check: 0, Test: 0, 'What if': 7 });

  const same = await pullRequest(
    {},
    { from: orders(50), to: orders(50).replace('small, type', 'small, name: Small, type') },
    'shop',
  );
  const { outcome, summary } = await act(same, options);
  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toMatch(
    /`shop\/definitions\/orders.yaml`: the scenarios of before, by the change\n```\n2 scen/,
  );
  expect(await readFile(join(same, 'workflow-tests-shop.xml'), 'utf8')).toContain('<testsuite name=');

  const wrong = await pullRequest({}, { from: orders(50), to: orders(50, 'NOOPE') }, 'shop');
  expect((await act(wrong, options)).said).toMatch(/^::error file=shop\/definitions\/orders\.yaml,line=7/m);
});

test('with a server the latest runs are compared, too', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(5) });
  onTestFinished(() => void sh(clone, 'npx', '3ox-workflow', 'down'));
  await mkdir(join(clone, '..', 'old'));
  await writeFile(join(clone, '..', 'old', 'orders.yaml'), orders(50));
  sh(clone, 'npx', '3ox-workflow', 'start', '../old/orders.yaml');
  const { url } = z
    .object({ url: z.string() })
    .parse(JSON.parse(sh(clone, 'npx', '3ox-workflow', 'token', '--nats', '--json')));
  const { outcome, summary } = await act(clone, { runs: '5' }, { NATS_URL: url });

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toMatch(/orders.yaml`: the latest runs, by the change\n```\nRUN .*\n.*diverges at event 2/);
});

test('runs are asked of a server that is named, and of none that would be started for it', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(5) });
  const { outcome, summary } = await act(clone, { runs: '5' });

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('`the latest runs`: not compared. NATS_URL is not given');
  expect(existsSync(join(clone, '.3ox'))).toBe(false);
});
