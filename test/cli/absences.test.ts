// Approvals while somebody is away: who answers in their place, and what is written of it. Method: the real engine over
// the journal in memory.
import { expect, test } from 'vitest';
import { definitionText } from '../support/definition-text.ts';
import { createProject } from './project.ts';

const paying = definitionText(`
  - { id: first, type: HUMAN, approvers: { names: [ana], exclude: requester } }
  - { id: second, type: HUMAN, depends_on: first, approvers: { names: [ana, bob], exclude: first } }
`).replace('id: under-test', 'id: paying');

async function payingProject() {
  const project = await createProject({ 'definitions/paying.yaml': paying });
  const read = async (line: string) => JSON.parse((await project.cli(`${line} --json`)).out);

  return { ...project, read };
}

test('whoever is named answers while the other one is away, and both stand in the journal and on the screens', async () => {
  const { cli, read } = await payingProject();
  await cli('start paying --as dan --detach');
  expect((await cli('approvals approve @last first --as bob --detach')).err).toContain(
    'approval.not-allowed',
  );
  const away = await cli('approvals away --as ana --to bob --until 7d --reason holidays');
  expect(away).toMatchObject({ exit: 0 });
  expect((await cli('approvals absences')).out).toMatch(/ana +bob .* away +holidays/);

  expect((await read('approvals list --as bob')).items).toMatchObject([{ task: 'first', mayAnswer: true }]);
  expect(await cli('approvals approve @last first --as bob --detach')).toMatchObject({ exit: 0 });
  expect((await read('approvals show @last first')).grants).toMatchObject([{ by: 'bob', inPlaceOf: 'ana' }]);
  expect((await cli('approvals show @last first')).out).toMatch(/bob in place of ana/);
  expect((await cli('history @last')).out).toContain('by bob in place of ana');
});

test('nobody gets round four eyes by it: neither who asked, nor who was answered for', async () => {
  const { cli } = await payingProject();
  await cli('approvals away --as ana --to bob --until 7d');
  await cli('start paying --as bob --detach');
  const own = await cli('approvals approve @last first --as bob --detach');
  expect(own.err).toMatch(/approval\.excluded|asked for what is decided/);

  await cli('start paying --as dan --detach');
  expect(await cli('approvals approve @last first --as bob --detach')).toMatchObject({ exit: 0 });
  const second = (name: string) => cli(`approvals approve @last second --as ${name} --detach`);
  expect((await second('ana')).err).toContain('decided first');
  expect((await second('bob')).err).toContain('decided first');
});

test('it does not go on from one to the next, is over when they are back, and hands nothing over', async () => {
  const { cli } = await payingProject();
  await cli('start paying --as dan --detach');
  await cli('approvals away --as ana --to bob --until 7d');
  await cli('approvals away --as bob --to cem --until 7d');
  const approve = (name: string) => cli(`approvals approve @last first --as ${name} --detach`);
  expect((await approve('cem')).err).toContain('approval.not-allowed');
  const handed = await cli('approvals delegate @last first --as bob --to cem');
  expect(handed.err).toContain('approval.not-allowed');
  expect(await cli('approvals back --as ana')).toMatchObject({ exit: 0 });
  expect((await cli('approvals back --as ana')).err).toContain('absence.none');
  expect((await approve('bob')).err).toContain('approval.not-allowed');
  expect((await cli('approvals absences')).out).toMatch(/ana +bob .* ended/);
});

test('what cannot be is refused with the reason', async () => {
  const { cli } = await payingProject();
  const away = async (line: string) => (await cli(`approvals away --as ana ${line}`)).err;
  expect(await away('--to ana --until 7d')).toContain('approval.bad-delegate');
  expect(await away('--to engine --until 7d')).toContain('approval.bad-delegate');
  expect(await away('--to bob --until 2001-01-01')).toContain('absence.time');
  expect(await away('--to bob --until 2999-01-01')).toContain('absence.time');
  expect(await away('--to bob --until someday')).toContain('usage.time');
  expect(await away('--until 7d')).toContain('to');
});
