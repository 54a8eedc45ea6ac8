// Nothing is written that an engine which is there does not understand. Method: two real nodes in memory, one of which
// announces itself as engines did before they said what they understand.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { childRun } from '../../../machines/run/run.ts';
import { refusedFeature } from '../../../src/engine/cluster/cluster-features.ts';
import type { NodeDeps } from '../../../src/engine/cluster/node.ts';
import type { Workflows } from '../../../src/ports/runs/workflows.ts';
import { createWorld, start } from '../node-world.ts';

const older = { node: 'old', host: 'here', pid: 1 };
const content = `workflow:
  id: sealed
  version: 1
  input: {properties: {name: {type: string, pii: true}}}
  tasks: [{id: only, uses: noop}]
`;

const asking =
  'workflow: {id: asking, version: 1, tasks: [{id: ask, type: LLM, model: fast, prompt: hello}]}\n';
const calling =
  'workflow: {id: calling, version: 1, tasks: [{id: call, type: SUB_WORKFLOW, workflow: asking}]}\n';

function startSealed(workflows: Workflows) {
  return startOf(workflows, content, { name: 'Ada' });
}

function startOf(workflows: Workflows, text: string, input: { readonly name?: string } = {}) {
  const { loaded } = read(text);

  return workflows.start({ definition: loaded, file: `${loaded.ref.id}.yaml`, input, actor: 'test' });
}

function read(text: string) {
  const definition = loadDefinition({ file: 'one.yaml', content: text });
  if (!definition.ok) throw new Error('the definition of the test does not load');

  return definition;
}

async function mixed(planted: Partial<NodeDeps> = {}) {
  const world = createWorld();
  const old = await world.join('old', { holder: older });
  await old.node.workOnAll();
  const now = await world.join('now', planted);
  await now.node.workOnAll();
  const first = async (run: string) => {
    for await (const stored of world.journal.read(run)) return JSON.parse(stored.body);
  };

  return { ...world, old, now, first };
}

test('a run whose values are sealed is refused while an older engine is there, and begins once it has gone', async () => {
  const { old, now, journal, first } = await mixed();
  const refused = await startSealed(now.workflows);
  expect(refused).toMatchObject({
    ok: false,
    refusal: { code: 'feature.closed', message: expect.stringContaining('old (an older release)') },
  });
  expect(await journal.end()).toBe(0);
  await old.node.stop();
  const begun = await startSealed(now.workflows);

  expect(begun).toMatchObject({ ok: true });
  expect(await first('run' in begun ? begun.run : '')).toMatchObject({ critical: ['sealed'] });
});

test('a run that asks models is refused while an older engine is there, and begins once it has gone', async () => {
  const { old, now, journal } = await mixed();
  for (const text of [
    asking,
    'workflow: {id: thrifty, version: 1, budget: {calls: 1}, tasks: [{id: only, uses: noop}]}\n',
  ]) {
    const refused = await startOf(now.workflows, text);
    expect(refused).toMatchObject({ refusal: { code: 'feature.closed' } });
  }
  expect(await journal.end()).toBe(0);
  await old.node.stop();

  expect(await startOf(now.workflows, asking)).toMatchObject({ ok: true });
});

test('a run that asks models and that another run starts begins once the older engine has gone', async () => {
  const troubles: unknown[] = [];
  const { old, now, clock, definitions, journal } = await mixed({
    performers: { find: () => ({ worker: 'now', handler: () => Promise.resolve({ text: 'good day' }) }) },
    onTrouble: (_run, error) => void troubles.push(error),
  });
  const { loaded } = read(asking);
  await definitions.register({ ref: loaded.ref, text: loaded.text, file: 'asking.yaml' });
  const run = await start(now.workflows, calling);
  await expect
    .poll(() => troubles)
    .toMatchObject([{ message: expect.stringContaining('old (an older release)') }]);
  expect(await journal.last(childRun(run, 'call', 1))).toBeUndefined();
  await old.node.stop();
  const status = async () => {
    clock.advance(1_000);
    return (await now.workflows.view(run)).state.status;
  };

  await expect.poll(status, { timeout: 20_000 }).toBe('COMPLETED');
});

test('a run under way goes on by a definition that asks models once the older engine has gone', async () => {
  const { old, now, definitions } = await mixed();
  const plain = 'workflow: {id: asking, version: 1, tasks: [{id: wait, type: WAIT, duration: 1h}]}\n';
  const { loaded } = read(asking.replace('version: 1', 'version: 2'));
  await definitions.register({ ref: loaded.ref, text: loaded.text, file: 'asking.yaml' });
  const run = await start(now.workflows, plain);
  const migrated = () => now.workflows.migrate(run, loaded.ref.hash, 'test');

  expect(await migrated()).toMatchObject({ refusal: { code: 'feature.closed' } });
  await old.node.stop();
  expect(await migrated()).not.toMatchObject({ refusal: { code: 'feature.closed' } });
});

test('runs that need nothing new begin whoever is there', async () => {
  const { now, first } = await mixed();

  expect(await first(await start(now.workflows))).not.toHaveProperty('critical');
});

test("an older engine that died on this machine is in nobody's way", async () => {
  const { now, dead } = await mixed();
  dead.add('old');

  await expect.poll(() => startSealed(now.workflows)).toMatchObject({ ok: true });
});

test('whoever writes another generation of the journal asks whether all engines understand that', async () => {
  const { old, leases } = await mixed();
  const holder = { node: 'asker', host: 'here', pid: 2, understands: ['generations'] };
  const asked = () => refusedFeature({ leases, holder, isDead: () => false }, 'generations');
  expect(await asked()).toMatchObject({ code: 'feature.closed' });
  await old.node.stop();

  expect(await asked()).toBeUndefined();
});
