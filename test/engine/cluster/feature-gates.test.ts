// Nothing is written that an engine which is there does not understand. Method: two real nodes in memory, one of which
// announces itself as engines did before they said what they understand.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { refusedFeature } from '../../../src/engine/cluster/cluster-features.ts';
import type { Workflows } from '../../../src/ports/runs/workflows.ts';
import { createWorld, start } from '../node-world.ts';

const older = { node: 'old', host: 'here', pid: 1 };
const content = `workflow:
  id: sealed
  version: 1
  input: {properties: {name: {type: string, pii: true}}}
  tasks: [{id: only, uses: noop}]
`;

function startSealed(workflows: Workflows) {
  const definition = loadDefinition({ file: 'sealed.yaml', content });
  if (!definition.ok) throw new Error('the definition of the test does not load');
  const { loaded } = definition;

  return workflows.start({ definition: loaded, file: 'sealed.yaml', input: { name: 'Ada' }, actor: 'test' });
}

async function mixed() {
  const world = createWorld();
  const old = await world.join('old', { holder: older });
  await old.node.workOnAll();
  const now = await world.join('now');
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
