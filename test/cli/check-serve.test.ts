// `workflow check serve.yaml`: hooks and alert rules are checked as definitions are. Method: files in a project.
import { expect, test } from 'vitest';
import { createProject } from './project.ts';

const right =
  'hooks: {shop: {event: order.paid, allow_unsigned: true}}\nalerts: {a: {on: run_failed, to: log}}\n';
const wrong = 'hooks: {shop: {event: order.paid}}\nalerts: {a: {on: run_faild, to: log}}\n';

test('what is right is counted', async () => {
  const { cli } = await createProject({ 'serve.yaml': right });
  expect(await cli('check serve.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('✓ serve.yaml  1 hook, 1 alert rule'),
  });
  const report = JSON.parse((await cli('check serve.yaml --json')).out);
  expect(report).toMatchObject({ ok: true, files: [{ file: 'serve.yaml', hooks: 1, alerts: 1 }] });
});

test('all that is wrong is told with its place and what was likely meant', async () => {
  const { cli } = await createProject({ 'serve.yaml': wrong });
  const { exit, out } = await cli('check serve.yaml');
  expect(exit).toBe(2);
  expect(out).toContain('serve.yaml:1:15  error  hooks.shop: anybody could send to the hook shop');
  expect(out).toContain('did you mean "run_failed"?');
});

test('a workflow that is called so is checked as one', async () => {
  const workflow =
    'workflow: {id: serve, version: 1, tasks: [{id: a, type: SET_VARIABLE, variables: {b: 1}}]}\n';
  const { cli } = await createProject({ 'definitions/serve.yaml': workflow });
  expect(await cli('check definitions/serve.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('serve v1, 1 task'),
  });
});

test('a certificate that stations.yaml names and that is not there is refused, and one that is there is not', async () => {
  const stations = 'station: hull\nlisten: 0.0.0.0:7422\ntls: {cert: hull.pem, key: hull.key}\n';
  const { cli } = await createProject({ 'stations.yaml': stations, 'hull.pem': 'a certificate' });
  const { exit, out } = await cli('check stations.yaml');
  expect(exit).toBe(2);
  expect(out).toContain('stations.yaml:3:28  error  tls.key: hull.key cannot be read: there is no such file');
  expect(out).toContain('stations.tls-file');
  expect(out).not.toContain('hull.pem cannot be read');
});
