// The tools that are made of operations are these operations: their names, what they take, and what they may do. No
// second list says it. Method: the declared operations, and an `ask` that notes what it is asked.
import { expect, test } from 'vitest';
import type { Members } from '../../src/mcp/asking.ts';
import { operationTools } from '../../src/mcp/operation-tools.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';

const operations = await loadAllOperations();
const tools = operationTools(operations);

async function asked(name: string, given: Members, answer: Members = {}) {
  const calls: unknown[] = [];
  const result = await tools.get(name)?.call(given, async (operation, input) => {
    calls.push([operation, input]);
    return answer;
  });

  return { calls, result };
}

test('every operation that is declared as a tool is one, under a name that fits all clients', () => {
  const declared = operations.flatMap(({ tool }) => {
    if (tool === undefined) return [];
    return 'kinds' in tool ? Object.values(tool.kinds).map(({ name }) => name) : [tool.name];
  });
  expect([...tools.keys()].sort()).toEqual(declared.map((name) => `workflow_${name}`).sort());
  expect(new Set(declared).size).toBe(declared.length);
  for (const name of tools.keys()) expect(name).toMatch(/^[a-z_]{1,50}$/);
});

test('a tool that changes nothing says so, and one that ends something says that', () => {
  const hints = (name: string) => tools.get(name)?.listed.annotations;
  expect(hints('workflow_list_runs')).toMatchObject({ readOnlyHint: true, destructiveHint: false });
  expect(hints('workflow_pause_run')).toMatchObject({ readOnlyHint: false, destructiveHint: false });
  expect(hints('workflow_terminate_run')).toMatchObject({
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
  });
  for (const [name, { listed }] of tools)
    if (listed.annotations.readOnlyHint) expect(hints(name)?.destructiveHint).toBe(false);
});

test('each kind of command is a tool with its own members beside those of the run', async () => {
  expect(tools.get('workflow_approve')?.listed.inputSchema).toMatchObject({
    properties: { run: {}, task: {}, comment: {}, data: {} },
    required: ['run', 'task'],
    additionalProperties: false,
  });
  const { calls } = await asked('workflow_approve', { run: 'r1', task: 'sign', comment: 'fine' });
  expect(calls).toEqual([
    ['runs.command', { run: 'r1', command: { kind: 'approve', task: 'sign', comment: 'fine' } }],
  ]);
});

test('a tool is of one kind, whatever kind a caller gives', async () => {
  const { calls } = await asked('workflow_pause_run', { run: 'r1', kind: 'terminateRun' });
  expect(calls).toEqual([['runs.command', { run: 'r1', command: { kind: 'pauseRun' } }]]);
});

test('what changes much is tried first, unless the caller says otherwise', async () => {
  const { calls } = await asked('workflow_publish_definition', { text: 'x' });
  expect(calls).toEqual([['definitions.publish', { dryRun: true, text: 'x' }]]);
  const meant = await asked('workflow_change_runs', { where: '*', dryRun: false });
  expect(meant.calls).toEqual([['runs.bulk', { where: '*', dryRun: false }]]);
  expect(tools.get('workflow_change_runs')?.listed.inputSchema).toMatchObject({
    properties: { dryRun: { default: true } },
  });
});

test('what only a screen has a use for is neither answered nor promised', async () => {
  const { result } = await asked('workflow_check_definition', {}, { ok: true, problems: [], graph: {} });
  expect(result).toEqual({ ok: true, problems: [] });
  const listed = await asked('workflow_list_definitions', {}, { items: [{ id: 'a', recent: [] }], total: 1 });
  expect(listed.result).toEqual({ items: [{ id: 'a' }], total: 1 });
  const schema = JSON.stringify(tools.get('workflow_list_definitions')?.listed.outputSchema);
  expect(schema).not.toContain('recent');
});

test('all that is listed of operations takes less than 100 KB', () => {
  const listed = [...tools.values()].map((tool) => tool.listed);
  expect(JSON.stringify(listed).length).toBeLessThan(100_000);
});
