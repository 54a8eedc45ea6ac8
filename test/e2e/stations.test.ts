// Two stations work together over a link that is cut. Method: two projects with a real server and a built engine each,
// and a proxy between the servers.
import { expect, test } from 'vitest';
import { authority } from '../support/tls-authority.ts';
import { openTwoStations } from './two-stations.ts';

const patient = { timeout: 30_000, interval: 50 };

const inspect = `workflow:
  id: inspect
  version: 1
  input: {required: [deck], properties: {deck: {type: string}}}
  tasks:
    - {id: look, type: TRANSFORM, output: {found: "deck \${workflow.input.deck} is dry"}}
  output: {found: "\${look.output.found}"}
`;
const signed = `workflow:
  id: signed
  version: 1
  tasks: [{id: sign, type: HUMAN, wait_for_approval: true, approvers: {names: [mia]}}]
`;
const round = `workflow:
  id: round
  version: 1
  input: {properties: {deck: {default: "3"}}}
  tasks:
    - {id: below, type: SUB_WORKFLOW, workflow: inspect, station: hull, input: {deck: "\${workflow.input.deck}"}}
  output: {said: "\${below.output.found}"}
`;
const asking = `workflow:
  id: asking
  version: 1
  tasks:
    - {id: below, type: SUB_WORKFLOW, workflow: signed, station: hull}
`;
const greedy = `workflow:
  id: greedy
  version: 1
  tasks:
    - {id: below, type: SUB_WORKFLOW, workflow: secret-plans, station: hull}
`;
const leaky = `workflow:
  id: leaky
  version: 1
  tasks:
    - {id: below, type: SUB_WORKFLOW, workflow: inspect, station: hull, input: {deck: "\${secrets.LINK}"}}
`;
const repair = `workflow:
  id: repair
  version: 1
  tasks:
    - {id: weld, assigned_to: WELDER, station: hull, input: {plate: 7}, output: [seam]}
    - id: sign
      type: HUMAN
      station: hull
      depends_on: weld
      input: {seam: "\${weld.output.seam}"}
      show: [seam]
      approvers: {names: [mia]}
`;
const files = {
  bridge: {
    'definitions/round.yaml': round,
    'definitions/asking.yaml': asking,
    'definitions/greedy.yaml': greedy,
    'definitions/leaky.yaml': leaky,
    'definitions/repair.yaml': repair,
  },
  hull: {
    'definitions/inspect.yaml': inspect,
    'definitions/signed.yaml': signed,
    'definitions/secret-plans.yaml': signed.replace('id: signed', 'id: secret-plans'),
  },
  may: '{start: [inspect, signed], agents: [WELDER], approvals: [mia]}',
};

test('what is for another station is done there as far as it is granted, and nothing else travels', async () => {
  const { bridge, hull } = await openTwoStations(files);
  const run = await bridge.begin('round');
  await bridge.becomes(run, 'COMPLETED');
  expect((await bridge.page(run)).output).toEqual({ said: 'deck 3 is dry' });

  const [forbidden, leaking] = [await bridge.begin('greedy'), await bridge.begin('leaky')];
  await bridge.becomes(forbidden, 'FAILED');
  await bridge.becomes(leaking, 'FAILED');
  expect((await bridge.page(forbidden)).error).toMatchObject({
    code: 'station.refused',
    message: expect.stringContaining('station hull does not let bridge start "secret-plans"'),
  });
  expect((await bridge.page(leaking)).error).toMatchObject({ code: 'station.secret-input' });

  expect((await hull.runs()).map(({ definition }) => definition.id)).toEqual(['inspect']);
  expect((await bridge.runs()).every(({ definition }) => definition.id !== 'inspect')).toBe(true);
}, 90_000);

test('while the link is cut each side goes on, and when it is back nothing is lost and nothing done twice', async () => {
  const { bridge, hull, link } = await openTwoStations(files);
  const waiting = await bridge.begin('asking');
  await expect.poll(async () => (await hull.runs()).length, patient).toBe(1);
  const up = await link.down();

  // Hull goes on without bridge, and bridge takes more work for hull.
  const [child] = await hull.runs();
  await hull.cli('approve', child?.run ?? '', 'sign', '--as', 'mia');
  await hull.becomes(child?.run ?? '', 'COMPLETED');
  const more = await Promise.all(['4', '5', '6'].map((deck) => bridge.begin('round', { deck })));
  await expect
    .poll(async () => (await bridge.cli('show', more[0] ?? '')).stdout, patient)
    .toContain('waits for station hull; link down since');
  expect((await bridge.page(waiting)).shown).not.toBe('COMPLETED');
  expect(await hull.runs()).toHaveLength(1);

  await up();
  for (const run of [waiting, ...more]) await bridge.becomes(run, 'COMPLETED');
  expect(await hull.runs()).toHaveLength(4);
}, 120_000);

test('who gives a run up ends what it had started on another station, also over a cut', async () => {
  const { bridge, hull, link } = await openTwoStations(files);
  const run = await bridge.begin('asking');
  await expect.poll(async () => (await hull.runs()).length, patient).toBe(1);
  const up = await link.down();
  await bridge.post(`/api/v1/runs/${run}/commands`, { kind: 'cancelRun' });
  await expect
    .poll(async () => (await bridge.cli('show', run)).stdout, patient)
    .toMatch(/the run \S+ on station hull has to end first \(cancel\); link down since/);
  await up();

  await bridge.becomes(run, 'CANCELLED');
  const [child] = await hull.runs();
  await hull.becomes(child?.run ?? '', 'CANCELLED');
}, 120_000);

test('agents and people of another station do what they are asked for, and the doctor shows the link', async () => {
  const agents =
    'agents:\n  WELDER: {transport: {command: {run: {command: [sh, -c, "echo \'{\\"seam\\": \\"tight\\"}\'"]}}}}\n';
  const { bridge, hull, link } = await openTwoStations({
    ...files,
    hull: { ...files.hull, 'agents.yaml': agents },
  });
  expect((await bridge.cli('doctor')).stdout).toContain('bridge; hull answers');
  const run = await bridge.begin('repair');
  await expect
    .poll(async () => (await hull.cli('approvals', 'list', '--json')).stdout, patient)
    .toMatch(/"seam":\s*"tight"/);
  const [asked] = (await hull.runs()).filter(({ status }) => status !== 'COMPLETED');
  await hull.cli('approve', asked?.run ?? '', '--as', 'mia');
  await bridge.becomes(run, 'COMPLETED');

  await link.down();
  expect((await bridge.cli('doctor')).stdout).toContain('hull does not answer');
}, 120_000);

test('a run is carried out over a link with TLS', async () => {
  const tls = await authority();
  const { bridge } = await openTwoStations({ ...files, tls });
  const run = await bridge.begin('round', { deck: '7' });
  await bridge.becomes(run, 'COMPLETED');

  expect((await bridge.page(run)).output).toEqual({ said: 'deck 7 is dry' });
}, 120_000);
