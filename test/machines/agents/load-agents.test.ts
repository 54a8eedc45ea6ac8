// agents.yaml says who carries tasks out and who gives commands. Method: a text for every rule; of a wrong one, every
// problem it must give at once, as `line:column code`, and of some the whole message.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { loadAgents } from '../../../machines/agents/load-agents.ts';

function loaded(content: string) {
  const result = loadAgents({ file: 'agents.yaml', content });
  if (!result.ok)
    throw new Error(result.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));

  return result;
}

function problemsOf(content: string) {
  const result = loadAgents({ file: 'agents.yaml', content });

  return result.ok ? result.warnings : result.problems;
}

describe('what is declared', () => {
  test('an agent of which only the name is said has level L3, and the skills and room of its workers at NATS', () => {
    const { agents, principals } = loaded('agents: [{name: CMD.BRIDGE}]');
    expect(agents).toEqual([{ name: 'CMD.BRIDGE', level: 'L3', transport: { kind: 'nats' } }]);
    expect(principals).toEqual([]);
  });

  test('a list and a mapping by name say the same, and JSON is read, too', () => {
    const list = loaded(
      'agents:\n  - {name: SCANNER, level: L2, skills: scan, capacity: 4}\n  - name: IDLE\n',
    );
    const mapping = loaded('agents:\n  SCANNER: {level: L2, skills: [scan], capacity: 4}\n  IDLE:\n');
    const json = loaded(
      '{"agents": {"SCANNER": {"level": "L2", "skills": ["scan"], "capacity": 4}, "IDLE": {}}}',
    );
    expect(mapping.agents).toEqual(list.agents);
    expect(json.agents).toEqual(list.agents);
  });

  test('what a skill returns is written as a task would say it', () => {
    const { skills } = loaded('skills: {scan: {returns: {files: integer, "note?": string}}}');
    expect(skills).toMatchObject([
      { name: 'scan', returns: { members: { files: { type: 'integer' }, note: { required: false } } } },
    ]);
    const problems = problemsOf('skills:\n  scan: {returns: {files: intger}}\n  report: {}\n');
    expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '2 agents.bad-schema',
      '3 agents.bad-schema',
    ]);
  });

  test('file queues are in .3ox/ unless other folders of the project are named', () => {
    const { agents } = loaded(
      'agents: {A: {transport: files}, B: {transport: {files: {inbox: 1N.3OX, outbox: 0UT.3OX}}}}',
    );
    expect(agents.map(({ transport }) => transport)).toEqual([
      { kind: 'files', inbox: '.3ox/task-queue', outbox: '.3ox/response-queue' },
      { kind: 'files', inbox: '1N.3OX', outbox: '0UT.3OX' },
    ]);
  });

  test('a command is what the run of a task is', () => {
    const { agents } = loaded(
      'agents: {A: {transport: {command: {run: {command: [python3, "agents/${input.kind}.py"], timeout: 2m}}}}}',
    );
    expect(agents[0]?.transport).toEqual({
      kind: 'command',
      run: { command: ['python3', 'agents/${input.kind}.py'], env: {}, timeoutMs: 120_000 },
    });
  });

  test('the program of an agent is a list of words, or a text for sh -c', () => {
    const { agents } = loaded(
      'agents: {A: {command: [node, a.mjs]}, B: {command: "exec python3 b.py"}, C: {}}',
    );
    expect(agents.map(({ command }) => command)).toEqual([
      ['node', 'a.mjs'],
      ['sh', '-c', 'exec python3 b.py'],
      undefined,
    ]);
  });

  test('principals have a level and, where it counts, a domain', () => {
    const { principals, warnings } = loaded(
      'principals: {ana: {level: L0}, ben: {level: L2, domain: sales}}',
    );
    expect(principals).toEqual([
      { name: 'ana', level: 'L0' },
      { name: 'ben', level: 'L2', domain: 'sales' },
    ]);
    expect(warnings).toEqual([]);
  });
});

test('the example of the page about agents is right', async () => {
  const page = await readFile(new URL('../../../docs/agents.md', import.meta.url), 'utf8');
  const example = page.split('```yaml')[1]?.split('```')[0] ?? '';
  const { agents, principals, warnings } = loaded(example);
  expect(agents.map(({ transport }) => transport.kind)).toEqual(['nats', 'files', 'files', 'command']);
  expect(principals).toHaveLength(2);
  expect(warnings).toEqual([]);
});

const wrong: readonly (readonly [title: string, text: string, problems: readonly string[]])[] = [
  ['a file that is a list', '- name: A', ['1:1 agents.not-a-mapping']],
  ['an unknown key of the file', 'agent: []', ['1:1 agents.unknown-key']],
  ['an unknown key of an agent', 'agents: [{name: A, skils: [b]}]', ['1:20 agents.unknown-key']],
  ['a level that does not exist', 'agents: {A: {level: L4}}', ['1:21 agents.bad-value']],
  ['an agent without a name', 'agents: [{level: L1}]', ['1:10 agents.missing-key']],
  ['an agent that is text', 'agents: [A]', ['1:10 agents.wrong-type']],
  ['agents that are text', 'agents: A', ['1:9 agents.wrong-type']],
  ['a name twice in a list', 'agents: [{name: A}, {name: A}]', ['1:28 agents.duplicate-name']],
  ['a name twice in a mapping', 'agents:\n  A:\n  A:\n', ['3:3 agents.duplicate-key']],
  ['a name over two lines', 'agents: {"A\\nB": {}}', ['1:10 agents.bad-value']],
  ['a name besides the key', 'agents: {A: {name: A}}', ['1:14 agents.two-spellings']],
  ['no capacity at all', 'agents: {A: {capacity: 0}}', ['1:24 agents.out-of-range']],
  ['an unknown transport', 'agents: {A: {transport: nat}}', ['1:25 agents.bad-value']],
  [
    'two transports',
    'agents: {A: {transport: {files: {}, command: {run: {command: [a]}}}}}',
    ['1:25 agents.bad-combination'],
  ],
  [
    'a program, and a command that the engine runs',
    'agents: {A: {command: [a], transport: {command: {run: {command: [a]}}}}}',
    ['1:23 agents.bad-combination'],
  ],
  ['a program without a word', 'agents: {A: {command: []}}', ['1:23 agents.out-of-range']],
  ['no transport in the mapping', 'agents: {A: {transport: {}}}', ['1:25 agents.bad-combination']],
  ['a folder outside', 'agents: {A: {transport: {files: {inbox: ../in}}}}', ['1:41 agents.bad-path']],
  ['an absolute folder', 'agents: {A: {transport: {files: {outbox: /tmp}}}}', ['1:42 agents.bad-path']],
  [
    'one folder for both',
    'agents: {A: {transport: {files: {inbox: q, outbox: ./q/}}}}',
    ['1:33 agents.bad-combination'],
  ],
  [
    'a command without a shell',
    'agents: {A: {transport: {command: {run: {command: ls -l}}}}}',
    ['1:51 agents.bad-combination'],
  ],
  [
    'a template that is none',
    'agents: {A: {transport: {command: {run: {command: [ls, "${1 +}"]}}}}}',
    ['1:62 agents.bad-expression'],
  ],
  ['a principal without a level', 'principals: [{name: ana}]', ['1:14 agents.missing-key']],
  ['an L2 without a domain', 'principals: {ana: {level: L2}}', ['1:19 agents.no-domain']],
  ['a domain of no use', 'principals: {ana: {level: L0, domain: a}}', ['1:31 agents.no-effect']],
  ['a text that is no YAML', 'agents: [', ['1:10 yaml.syntax']],
  [
    'several problems at once',
    'agents: {A: {level: L9}, B: {skils: a}}\nprincipal: []',
    ['1:21 agents.bad-value', '1:30 agents.unknown-key', '2:1 agents.unknown-key'],
  ],
];

describe('what is wrong is said with its place', () => {
  test.each(wrong)('%s', (_title, text, expected) => {
    expect(problemsOf(text).map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(expected);
  });

  test.each([
    ['agents: {A: {skils: a}}', 'unknown key "skils"; did you mean "skills"?'],
    ['agents: {A: {level: l1}}', 'expected L0, L1, L2, L3, found "l1"'],
    [
      'principals: {"worker:w": {level: L1}}',
      'nobody can be called "worker:w": "engine", "anyone" and "worker:..." are taken',
    ],
    [
      'principals: [{name: engine, level: L1}]',
      'nobody can be called "engine": "engine", "anyone" and "worker:..." are taken',
    ],
    ['agents: {A: {transport: file}}', 'expected nats, files, found "file"; did you mean "files"?'],
    ['principals: {ana: {}}', 'the key "level" is missing'],
    ['agents: [{name: A}, {name: A}]', '"A" is there already (first on line 1)'],
  ])('%s: %s', (text, message) => {
    expect(problemsOf(text).map((each) => each.message)).toEqual([message]);
  });

  test.each(['constructor', '__proto__'])('%s is no name for a key', (name) => {
    expect(problemsOf(`agents: {${name}: {level: L1}}`).map(({ severity }) => severity)).toEqual(['error']);
  });

  test('a file of more than 1 MiB is not read', () => {
    expect(problemsOf(`agents: [] #${' '.repeat(1024 * 1024)}`).map(({ code }) => code)).toEqual([
      'yaml.too-large',
    ]);
  });
});
