// `workflow login` signs a person in where there is no browser, and keeps a token that HTTP takes. Method: the command
// line and the whole server, a real provider, and somebody who confirms the code as soon as it is shown.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createBrowser, openSignIn, signIn } from './provider.ts';

type World = Awaited<ReturnType<typeof openSignIn>>;

/** Waits for nothing but the person who confirms the code. */
async function loggedIn({ cli, url, pass }: World, login: string) {
  let confirmed: Promise<unknown> = Promise.resolve();
  let told = '';
  const stderr = (text: string): void => {
    told += text;
    const address = /open (\S+) and compare/.exec(told)?.[1];
    told = address === undefined ? told : '';
    if (address !== undefined) confirmed = signIn(createBrowser(), url, login, { start: address });
  };
  const after = (delayMs: number, act: () => void) => {
    if (delayMs < 1_000) return systemClock.after(delayMs, act);
    void confirmed.then(() => {
      pass(delayMs);
      act();
    });
    return () => undefined;
  };

  return cli(`login --server ${url}`, { clock: { ...systemClock, after }, stderr });
}

test('the token that is kept opens what the user may do, until they sign out', async () => {
  const world = await openSignIn();
  const { cli, ask, dir } = world;
  const ran = await loggedIn(world, 'bob');

  expect(ran).toMatchObject({ exit: 0, out: expect.stringContaining('as bob, L2 of the domain sales') });
  expect((await stat(join(dir, '.3ox', 'login.json'))).mode & 0o777).toBe(0o600);
  const token = (await cli('login --token')).out.trim();
  const headers = { authorization: `Bearer ${token}` };
  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({ actor: 'bob', level: 'L2' });

  expect((await cli('logout')).exit).toBe(0);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
  expect(await cli('login --token')).toMatchObject({ exit: 2, err: expect.stringContaining('usage.login') });
});

test('whoever may not sign in is told why, and nothing is kept', async () => {
  const world = await openSignIn();
  const ran = await loggedIn(world, 'eve');

  expect(ran).toMatchObject({ exit: 1, out: '' });
  expect((await world.cli('login --token')).exit).toBe(2);
});

test('a token goes over nothing that others can read, and a server that is not there is told', async () => {
  const { cli, url, close } = await openSignIn();

  expect((await cli('login --server http://workflow.example')).err).toContain('usage.server');
  await close();
  expect(await cli(`login --server ${url}`)).toMatchObject({
    ...{ exit: 3, err: expect.stringContaining('oidc.unreachable') },
  });
});
