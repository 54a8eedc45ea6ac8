// Whoever comes from elsewhere needs a token. Method: a server that is bound to every address of the machine trusts
// nobody, so that the browser stands for one elsewhere.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

test('a token opens the page that was asked for, what is done is done in its name, and signing out closes it', async () => {
  const options = {
    definitions: { greeting },
    asOwner: false,
    serve: ['--http', '0.0.0.0:0'],
    allows: /401/,
  };
  await withDashboard(options, async ({ page, context, cli, url, shot }) => {
    const origin = url.replace('0.0.0.0', '127.0.0.1');
    const { stdout } = await cli('tokens', 'add', 'bea', '--level', 'L1');
    const token = /3ox_\S+/.exec(stdout)?.[0] ?? '';
    await page.goto(`${origin}/start/greeting?input=%7B%22name%22%3A%22Ada%22%7D`);
    await page.waitForURL(/\/sign-in\?next=/);
    await shot('sign-in');
    await signIn(page, `${token}x`);
    await page.getByRole('alert').getByText('http.token').waitFor();
    expect(await context.cookies()).toEqual([]);

    await signIn(page, token);
    await page.waitForURL(/\/start\/greeting\?input=/);
    expect(await context.cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-z]{26}$/);
    await page.getByText('needs approval').first().waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.locator('.event-line', { hasText: 'bea' }).first().waitFor();

    await page.goto(`${origin}/sign-in`);
    await page.getByText('You are signed in as bea').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.goto(`${origin}/runs`);
    await page.waitForURL(/\/sign-in\?next=%2Fruns/);
  });
});

test('an address that is sent along leads back to this dashboard and nowhere else', async () => {
  const options = { asOwner: false, serve: ['--http', '0.0.0.0:0'], allows: /401/ };
  await withDashboard(options, async ({ page, cli, url }) => {
    const origin = url.replace('0.0.0.0', '127.0.0.1');
    const { stdout } = await cli('tokens', 'add', 'bea');
    await page.goto(`${origin}/sign-in?next=%2F%2Fevil.example%2F`);
    await signIn(page, /3ox_\S+/.exec(stdout)?.[0] ?? '');
    await page.getByRole('heading', { name: 'Needs you' }).waitFor();
    expect(new URL(page.url()).origin).toBe(origin);
  });
});

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
