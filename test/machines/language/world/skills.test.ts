// What agents.yaml says that a skill gives is what definitions may read of it. Method: definitions whose task asks for
// a skill, in a world that says what the skill returns, and the findings of check.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';

const skills = {
  scan: { files: 'integer', 'note?': 'string' },
  judge: { type: 'object', properties: { verdict: { enum: ['good', 'bad'] } }, required: ['verdict'] },
};

function findings(tasks: string): readonly string[] {
  const content = `workflow:
  id: station
  version: 1
  tasks:
    - ${tasks.trim().split('\n').join('\n    - ')}
`;
  const read = loadDefinition({ file: 'station.yaml', content, world: { skills } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  return read.misfits.map(({ code, line, message }) => `${line} ${code}: ${message}`);
}

const read = (text: string, scan = 'requires: [scan]') => `{id: look, ${scan}}
{id: tell, depends_on: look, uses: notify, input: {message: "\${${text}}"}}`;

test('a member that the skill does not give is an error where it is read', () => {
  expect(findings(read('string(look.output.fils)'))).toEqual([
    '6 definition.undeclared-output: "look" declares no output "fils"; did you mean "files"? (agents.yaml says what skills return)',
  ]);
  expect(findings(read('string(look.output.files)'))).toEqual([]);
});

test('a member of another type, and one that need not be there, are errors as well', () => {
  expect(findings(read('look.output.files.trim()'))).toEqual([
    expect.stringMatching(/^6 definition\.type-mismatch: /),
  ]);
  expect(findings(read('look.output.note'))).toEqual([
    expect.stringMatching(/^6 definition\.may-be-absent: /),
  ]);
  expect(findings(read("look.output.?note.orValue('')"))).toEqual([]);
});

test('a task without assigned_to and requires asks for the skill of its name', () => {
  expect(findings(read('scan.output.fils', '').replaceAll('look', 'scan').replace(', }', '}'))).toHaveLength(
    1,
  );
});

test('JSON Schema says it as well as the short form', () => {
  expect(findings(read('look.output.verdit', 'requires: [judge]'))).toHaveLength(1);
  expect(findings(read('look.output.verdict', 'requires: [judge]'))).toEqual([]);
});

test('what the task says itself counts, and of several skills nothing is known', () => {
  const own = 'requires: [scan], returns: {fils: string}';
  const shared = 'requires: [scan, judge], share: true';
  const stand = 'requires: [scan], fallback: [other]';
  const other = '\n{id: other, uses: noop}';

  expect(findings(read('look.output.fils', own))).toEqual([]);
  expect(findings(read('look.output.fils', 'requires: [scan, judge]'))).toEqual([]);
  expect(findings(read('string(look.output.scan.fils)', shared))).toEqual([]);
  expect(findings(read("look.output.?fils.orValue('')", stand) + other)).toEqual([]);
});
