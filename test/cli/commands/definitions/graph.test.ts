// `workflow graph`: the tasks of a definition or a run, drawn with characters. Method: the command line in a project of
// its own, with the real layout; the pictures are compared as they are.
import { expect, test } from 'vitest';
import { createProject } from '../../project.ts';

const release = `workflow:
  id: release
  version: 1
  tasks:
    - {id: build, type: TRANSFORM, output: {ok: true}}
    - id: ready
      type: DECISION
      depends_on: build
      decision_param: \${build.output.ok}
      decision_cases: {true: {next: ship}}
      default: {next: hold}
    - {id: ship, type: NOOP}
    - {id: hold, type: NOOP}
    - {id: both, type: FORK, depends_on: ship, branches: [[{id: tell, type: NOOP}], [{id: log, type: NOOP}]]}
`;

async function drawn(line: string) {
  const { cli } = await createProject({ 'definitions/release.yaml': release });
  if (line.includes('@last')) await cli('start release');
  const { exit, out } = await cli(line);

  return { exit, text: out.trimEnd() };
}

test('a definition is boxes from top to bottom, with what leads from one to another', async () => {
  expect(await drawn('graph release')).toMatchInlineSnapshot(`
    {
      "exit": 0,
      "text": "          ┌─────────┐
              │  build  │
              └─────────┘
                    │
                    ▼
              ┌─────────┐
              │  ready  │
              └─────────┘
                  │  │
                  │  └────────┐
                  │           │
                true       default
                  │           │
                  ▼           ▼
             ┌────────┐  ┌────────┐
             │  ship  │  │  hold  │
             └────────┘  └────────┘
                  │
                  ▼
      ┌─ both ───────────────┐
      │                      │
      │┌────────┐  ┌───────┐ │
      ││  tell  │  │  log  │ │
      │└────────┘  └───────┘ │
      │                      │
      └──────────────────────┘",
    }
  `);
});

test('a run has the glyph of each task, in ASCII where that is asked for', async () => {
  expect(await drawn('graph @last --ascii')).toMatchInlineSnapshot(`
    {
      "exit": 0,
      "text": "          +---------+
              | v build |
              +---------+
                    |
                    v
              +---------+
              | v ready |
              +---------+
                  |  |
                  |  +--------+
                  |           |
                true       default
                  |           |
                  v           v
             +--------+  +--------+
             | v ship |  | o hold |
             +--------+  +--------+
                  |
                  v
      +-v both --------------+
      |                      |
      |+--------+  +-------+ |
      || v tell |  | v log | |
      |+--------+  +-------+ |
      |                      |
      +----------------------+",
    }
  `);
});

test('a run that is not there is named, with where to look', async () => {
  const { cli } = await createProject({ 'definitions/release.yaml': release });
  expect(await cli('graph @last')).toMatchObject({ exit: 4, err: expect.stringContaining('no run') });
});

test('a picture that is wider than the terminal says how to look at it', async () => {
  const { cli } = await createProject({ 'definitions/release.yaml': release });
  const { err } = await cli('graph release', { stdoutIsTty: true, columns: 20 });
  expect(err).toContain('workflow graph release | less -S');
});
