// `workflow tokens`: what opens the HTTP API from elsewhere is made, listed and revoked. Method: the command line in a
// folder of its own.
import { expect, test } from 'vitest';
import { createProject } from './project.ts';

test('a token is printed once, and listed by all but itself', async () => {
  const { cli, app, dir } = await createProject({});
  const added = await cli('tokens add ada --level L2 --domain sales --expires 30d');
  const token = added.out.trim();

  expect(added.exit).toBe(0);
  expect(added.err).toContain('opens for ada what L2 of the domain sales may do, until ');
  expect(await (await app.access(dir)).find(token)).toMatchObject({
    as: 'ada',
    level: 'L2',
    domain: 'sales',
  });
  const listed = await cli('tokens');
  expect(listed.out).toMatch(/ada +L2 +sales/);
  expect(listed.out).not.toContain(token);
});

test('a revoked token opens nothing, and one that is not there is not revoked', async () => {
  const { cli, app, dir } = await createProject({});
  const token = (await cli('tokens add ada')).out.trim();
  const [entry] = JSON.parse((await cli('tokens list --json')).out).items;

  expect((await cli(`tokens revoke ${entry.id}`)).exit).toBe(0);
  expect(await (await app.access(dir)).find(token)).toBeUndefined();
  expect(await cli(`tokens revoke ${entry.id}`)).toMatchObject({ exit: 4 });
});

test('nobody gets a token by a name of ours, or for a time that is none', async () => {
  const { cli } = await createProject({});

  expect(await cli('tokens add engine')).toMatchObject({ exit: 2, out: '' });
  expect(await cli('tokens add ad\u001b[2Ja')).toMatchObject({ exit: 2, out: '' });
  expect((await cli('tokens add ada --expires soon')).err).toContain('--expires');
  expect((await cli('tokens')).err).toContain('no tokens');
});
