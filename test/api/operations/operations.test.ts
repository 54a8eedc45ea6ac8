// What follows from the declaration of an operation: a command with its help, a route and its description. Method: an
// operation of two files, test/api/operations/demo, that nothing else knows of.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { operations } from '../../../src/api/operations/operations.ts';
import { referenceText } from '../../../src/cli/program/help-command.ts';
import { createProgram, runCli } from '../../../src/cli/program/program.ts';
import type { ApiEnv } from '../../../src/http/api.ts';
import { openApiDocument } from '../../../src/http/openapi/reference.ts';
import { addOperationRoutes } from '../../../src/http/operation-routes.ts';
import { loadAllOperations, withUseCases } from '../../../src/operations/load-operations.ts';
import { createProject } from '../../cli/project.ts';
import { createTestIo } from '../../cli/test-io.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { greetingOperations } from './demo/declaration.ts';
import { greetingUseCases } from './demo/use-cases.ts';

const loaded = withUseCases('greetings', greetingOperations, greetingUseCases);
const known = {
  declared: { greetings: greetingOperations },
  load: () => Promise.resolve(greetingUseCases.list),
};

async function typed(line: string) {
  const { dir, app } = await createProject({});
  const io = createTestIo({ cwd: dir });
  const exit = await runCli(line.split(' '), app, io, known);

  return { exit, out: io.out(), err: io.err() };
}

test('a new operation is a command with help, and stands in the reference of the command line', async () => {
  const { out } = await typed('greetings list --help');
  expect(out).toContain('greets somebody by name');
  expect(out).toMatch(/name +who is greeted/);
  expect(out).toMatch(/--times <count> +how often/);
  const { app } = await createProject({});
  const page = referenceText(createProgram(app, createTestIo(), undefined, known));
  expect(page).toContain('## workflow greetings list');
});

test('the command shows what is answered as a table, and with --json as the document of the HTTP API', async () => {
  expect(await typed('greetings list Ada --times 2')).toEqual({
    exit: 0,
    out: 'TEXT               BY\nHello Ada of test  ana\nHello Ada of test  ana\n',
    err: '',
  });
  const { out } = await typed('greetings list Ada --as bob --json');
  expect(JSON.parse(out)).toEqual({
    apiVersion: expect.any(String),
    kind: 'GreetingsList',
    greetings: [{ text: 'Hello Ada of test', by: 'bob' }],
  });
});

test('a command says of an option what is wrong with it', async () => {
  const { exit, err } = await typed('greetings list Ada --times often');
  expect(exit).toBe(2);
  expect(err).toContain('[usage.input] --times:');
});

test('a new operation is a route that takes what it declares, and refuses the rest', async () => {
  const { post } = await openRoutes({}, (api, ports) =>
    addOperationRoutes(api, { portsOf: () => ports as never }, loaded),
  );
  expect(await post('/greetings/Ada', { times: 2 }, 'bob')).toEqual({
    status: 200,
    body: {
      greetings: [
        { text: 'Hello Ada of default', by: 'bob' },
        { text: 'Hello Ada of default', by: 'bob' },
      ],
    },
  });
  expect(await post('/greetings/Ada', { tims: 2 })).toMatchObject({
    status: 400,
    body: { code: 'http.invalid' },
  });
});

test('a new operation stands in the description of the HTTP API', () => {
  const api = new OpenAPIHono<ApiEnv>();
  addOperationRoutes(api, { portsOf: () => undefined as never }, loaded);
  const { paths } = openApiDocument(api, '1');
  expect(paths['/api/v1/greetings/{name}']?.['post']).toMatchObject({
    summary: 'Greets somebody by name',
    tags: ['greetings'],
    parameters: [{ name: 'name', in: 'path', required: true, schema: { description: 'who is greeted' } }],
  });
});

test('each operation of the product has a use case, and names only members that it takes', async () => {
  const all = await loadAllOperations();
  expect(all).toHaveLength(Object.values(operations).flatMap((noun) => Object.keys(noun)).length);
  const strangers = all.flatMap(({ noun, verb, members = {}, command, useCase }) =>
    [...Object.keys(members), ...(command?.arguments ?? []), ...Object.keys(command?.options ?? {})]
      .filter((name) => !(name in useCase.input.shape))
      .map((name) => `${noun}.${verb}: ${name}`),
  );
  expect(strangers).toEqual([]);
});
