// Goals as commands and over HTTP. Method: real routes and commands over a journal in memory, with nothing measured.
import { expect, test } from 'vitest';
import { createProject } from '../../cli/project.ts';
import { openRoutes } from '../../http/routes-world.ts';

const files = {
  'enterprise.yaml': `
goals: { growth: { title: 1000 more, target: 1000, kpi: revenue, departments: sales } }
departments: { sales: { owner: ida } }
teams: { sales: { department: sales } }
kpis: { revenue: { measure: sum, value: output.amount, period: month } }
`,
};

test('the tree is answered before anything was measured, and without enterprise.yaml it is empty', async () => {
  const { get } = await openRoutes(files);
  expect((await get('/goals')).body).toMatchObject({
    items: [
      { path: 'goal:growth', title: '1000 more', value: 0, target: 1000, progress: 0 },
      { path: 'goal:growth/department:sales', owner: 'ida' },
      { path: 'goal:growth/department:sales/team:sales', parent: 'goal:growth/department:sales', depth: 2 },
      { path: 'goal:growth/kpi:revenue', kind: 'kpi' },
    ],
  });
  const empty = await openRoutes({});
  expect((await empty.get('/goals')).body).toMatchObject({ items: [] });
});

test('what is not there, or called so twice, is refused with what there is', async () => {
  const { get } = await openRoutes(files);
  expect(await get('/goals/nothing')).toMatchObject({ status: 404, body: { code: 'goal.not-found' } });
  expect(await get('/goals/sales')).toMatchObject({ status: 400, body: { code: 'goal.ambiguous' } });
  expect((await get('/goals/team:sales')).body).toMatchObject({ node: { kind: 'team' } });
});

test('a file that is wrong is said with the line, as a command and to check', async () => {
  const { cli } = await createProject({ 'enterprise.yaml': 'goals:\n  growth: { target: 1 }\n' });
  const listed = await cli('goals list');
  expect(listed.exit).not.toBe(0);
  expect(listed.err).toContain('enterprise.yaml:2:');
  expect(await cli('check enterprise.yaml')).toMatchObject({ exit: 2 });
});

test('what was never measured is no match', async () => {
  const { cli } = await createProject(files);
  const { exit, out } = await cli('goals verify');
  expect(exit).toBe(7);
  expect(out).toContain('not measured yet');
});

test('a department shows its definitions, with how far each reaches, the highest first', async () => {
  const definition = (id: string, more: string) =>
    `workflow: { id: ${id}, version: 1, ${more}, tasks: [{ id: a, type: NOOP }] }\n`;
  const { get } = await openRoutes({
    ...files,
    'definitions/tool.yaml': definition('tool', 'stratos: operational, labels: { department: sales }'),
    'definitions/plan.yaml': definition('plan', 'stratos: strategic, labels: { department: sales }'),
    'definitions/old.yaml': definition('old', 'labels: { domain: sales }'),
    'definitions/other.yaml': definition('other', 'stratos: tactical, labels: { department: ops }'),
  });
  const { body } = await get('/goals/department:sales');
  expect(body).toMatchObject({
    node: {
      definitions: [
        { id: 'plan', stratos: 'strategic' },
        { id: 'tool', stratos: 'operational' },
        { id: 'old' },
      ],
    },
  });
});
