// `workflow chart`: a definition as an XState machine, in each of its formats. Method: the command line in a project of
// its own; nothing is published, and no server is there.
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { createProject } from '../../project.ts';

const release = `workflow:
  id: release
  version: 3
  input: {optional: [{list: [a, b]}]}
  tasks:
    - {id: build, assigned_to: builder, timeout: 30s, compensate: clean}
    - {id: clean, uses: noop}
    - id: both
      type: FORK
      depends_on: build
      branches:
        - [{id: test, uses: noop}]
        - [{id: scan, uses: noop}]
    - {id: each, type: FORK, depends_on: both, for_each: "\${workflow.input.list}", tasks: [{id: ship, uses: noop}]}
`;
const files = { 'definitions/release.yaml': release };

async function chart(format: string) {
  const { cli } = await createProject(files);

  return cli(`chart release --format ${format}`);
}

test('tasks is a flowchart of what follows from what, and of what undoes what', async () => {
  const { exit, out } = await chart('tasks');

  expect(exit).toBe(0);
  expect(out.trimEnd().split('\n')).toEqual([
    'flowchart TD',
    '  t0["build"]',
    '  t1["clean"]',
    '  subgraph t2 ["both"]',
    '    t3["test"]',
    '    t4["scan"]',
    '  end',
    '  subgraph t5 ["each"]',
    '    t6["ship"]',
    '  end',
    '  t0 -.->|"undo"| t1',
    '  t0 --> t2',
    '  t2 --> t5',
  ]);
});

test('json is the configuration that XState creates the machine from', async () => {
  const { exit, out } = await chart('json');
  const config = JSON.parse(out);
  const machine = createMachine(config);

  expect(exit).toBe(0);
  expect(machine.id).toBe('release');
  expect(config).toMatchObject({ id: 'release', version: '3', type: 'parallel' });
  expect(config.states.tasks.states.build).toMatchObject({
    initial: 'waiting',
    states: {
      in_progress: {
        entry: [{ type: 'enter', params: { task: 'build', state: 'in_progress' } }],
        on: {
          'task.completed.build': [
            { guard: 'latest(build)', target: 'completed', actions: [{ type: 'take' }] },
          ],
        },
        meta: {
          after: [{ event: 'timer.fired.task.timeout.build', timer: 'task.timeout', delayMs: 30_000 }],
          invoke: { id: 'build', src: 'SIMPLE' },
        },
      },
      completed: { type: 'final' },
    },
  });
  expect(Object.keys(config.states.tasks.states.both.states)).toEqual(['fork', 'branch 1', 'branch 2']);
  expect(config.states.compensation.states.clean.initial).toBe('standby');
  expect(config.states.tasks.states.each.states.open.meta.body.states.tasks.states.ship.initial).toBe(
    'waiting',
  );
});

test('xstate is a module with that configuration', async () => {
  const { out } = await chart('xstate');

  expect(out).toMatch(
    /^import \{ createMachine \} from 'xstate';\n\nexport const machine = createMachine\(\{\n/,
  );
  expect(JSON.parse(out.slice(out.indexOf('{\n'), out.lastIndexOf('}') + 1))).toEqual(
    JSON.parse((await chart('json')).out),
  );
});

test('mermaid is a state diagram with parallel regions, final states and what leads from state to state', async () => {
  const { out } = await chart('mermaid');

  expect(out).toMatch(/^stateDiagram-v2\n {2}state "release" as s0 \{\n/);
  expect(out).toContain('state "branch 1" as ');
  expect(out).toMatch(/\n +--\n/);
  expect(out).toMatch(/ --> \[\*\]\n/);
  expect(out).toMatch(/ s\d+ --> s\d+: task\.started\.build \[latest\(build\)\]\n/);
  expect(out).toMatch(/ %% s\d+, from anywhere: s\d+: task\.skipped\.build \[isOpen\(build\)\]\n/);
  expect(out.match(/\{$/gm)).toHaveLength(out.match(/^ *\}$/gm)?.length ?? 0);
});

test('svg is a picture of all states, which stand inside of each other', async () => {
  const { exit, out } = await chart('svg');

  expect(exit).toBe(0);
  expect(out).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+/);
  for (const label of ['release', 'build', 'in_progress', 'branch 1', 'ship', 'over'])
    expect(out).toContain(`>${label}</text>`);
  expect(out.trimEnd()).toMatch(/<\/svg>$/);
  expect(out).not.toContain('NaN');
}, 60_000);

test('a format that is not there, and a definition that is not there, are told with what there is', async () => {
  const { cli } = await createProject(files);

  expect((await cli('chart release --format png')).err).toContain('xstate, mermaid, tasks, svg, json');
  expect((await cli('chart releas')).err).toContain('did you mean "release"?');
});
