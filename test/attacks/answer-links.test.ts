// Attacks with the links of mails that answer approvals without signing in: opened by programs, altered, used twice,
// for another approval, after it is over, guessed. Method: the whole API on a port that does not count as this machine.
import { expect, test } from 'vitest';
import { createAnswerLinks } from '../../src/keys/answer-links.ts';
import { createSecretCipher } from '../../src/keys/cipher.ts';
import { openServer } from '../http/api-server.ts';
import { definitionText } from '../support/definition-text.ts';

const paying = definitionText(`
  - { id: write, type: NOOP }
  - id: sign
    type: HUMAN
    depends_on: write
    approvers: { names: [ana, bob], exclude: requester }
    quorum: 2
    on_change: write
    show: { sum: "\${'<b>5</b> EUR'}" }
    form: { optional: [days], properties: { days: { type: integer } } }
`).replace('id: under-test', 'id: paying');

const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function openAsked() {
  const server = await openServer({
    isLoopback: false,
    asOwner: false,
    files: { 'definitions/paying.yaml': paying },
  });
  const { deps, cli, ask } = server;
  const links = createAnswerLinks(createSecretCipher(server.dir));
  await cli('start paying --as dan --detach');
  await deps.board.ready;
  await expect.poll(() => deps.board.live().length).toBe(1);
  const first = deps.board.live()[0]?.run ?? '';
  const asked = async (run: string) => {
    await expect.poll(async () => (await deps.workflows.approvals({ run })).length).toBe(1);
    return (await deps.workflows.approvals({ run }))[0]?.state.scheduledAt ?? '';
  };
  const linkOf = async (by: string, run = first) =>
    `/answer/${await links.make({ run, task: 'sign', since: await asked(run), by })}`;
  const open = (link: string) => ask(link);
  const answer = (link: string, body = 'decision=approve', headers: Record<string, string> = {}) =>
    ask(link, { method: 'POST', headers: { ...form, ...headers }, body });
  const grants = async (run = first) =>
    ((await deps.workflows.view(run)).state.tasks['sign']?.grants ?? []).map(({ by, data }) => [by, data]);

  return { ...server, links, run: first, linkOf, open, answer, grants };
}

test('a program that opens the link answers nothing; the page tells what is asked, and sends it to nobody', async () => {
  const { linkOf, ask, open, grants, run, deps } = await openAsked();
  const link = await linkOf('ana');
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) await ask(link, { method });
  const { status, text, headers } = await open(link);
  expect(status).toBe(200);
  expect(text).toContain('&lt;b&gt;5&lt;/b&gt; EUR');
  expect(text).toContain('You answer as <strong>ana</strong>');
  expect(text).not.toContain('<script');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['referrer-policy']).toBe('same-origin');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(await grants()).toEqual([]);
  expect((await deps.workflows.view(run)).state.refusedAnswers).toBeUndefined();
});

test('a link answers once, as one person, and is told in the journal as such', async () => {
  const { linkOf, open, answer, grants, cli } = await openAsked();
  const link = await linkOf('ana');
  const both = await Promise.all([answer(link, 'decision=approve&field.days=3'), answer(link)]);
  expect(both.map(({ status }) => status).sort()).not.toEqual([200, 200]);
  expect(await grants()).toHaveLength(1);
  expect((await answer(link)).status).toBe(410);
  expect((await open(link)).status).toBe(410);
  expect((await cli('history @last')).out).toContain('by ana by a link');
  const other = await linkOf('bob');
  expect((await answer(other)).status).toBe(200);
  expect((await grants()).map(([by]) => by)).toEqual(['ana', 'bob']);
});

test('an altered, cut or made-up link opens nothing, and whoever tries many has to wait', async () => {
  const { linkOf, ask, answer, grants } = await openAsked();
  const link = await linkOf('ana');
  const sealed = link.slice(link.lastIndexOf('.') + 1);
  const flipped = (at: number) => {
    const end = link.length - sealed.length + at;
    return `${link.slice(0, end)}${link[end] === 'A' ? 'B' : 'A'}${link.slice(end + 1)}`;
  };
  const wrong = [
    flipped(0),
    flipped(sealed.length >> 1),
    flipped(30),
    link.slice(0, -4),
    '/answer/x',
    `${link}AA`,
  ];
  for (const each of wrong) expect((await answer(each)).status).toBe(404);
  const more = await Promise.all(Array.from({ length: 8 }, (_, at) => ask(`/answer/guess-${at}`)));
  expect(more.map(({ status }) => status)).toContain(429);
  // Whoever has a link is let in whatever others try.
  expect((await answer(link)).status).toBe(200);
  expect((await grants()).map(([by]) => by)).toEqual(['ana']);
});

test('a link opens nothing else: no list, no other approval, no command, and not in the name of somebody else', async () => {
  const { linkOf, ask, answer, cli, grants, run, links } = await openAsked();
  const link = await linkOf('ana');
  expect((await ask('/api/v1/approvals')).status).toBe(401);
  expect((await ask('/api/v1/runs', { headers: { authorization: `Bearer ${link.slice(8)}` } })).status).toBe(
    401,
  );
  await cli('start paying --as dan --detach');
  await answer(link, 'decision=approve&run=other&task=other&by=bob&inPlaceOf=bob');
  expect((await grants()).map(([by]) => by)).toEqual(['ana']);
  const wrongTime = await links.make({ run, task: 'sign', since: '2001-01-01T00:00:00.000Z', by: 'bob' });
  expect((await answer(`/answer/${wrongTime}`)).status).toBe(410);
});

test('a link is worth nothing once it is asked anew, and for whoever may not answer', async () => {
  const { linkOf, answer, grants, deps, run } = await openAsked();
  const [ana, bob, dan, eve] = await Promise.all(['ana', 'bob', 'dan', 'eve'].map((name) => linkOf(name)));
  expect((await answer(dan ?? '')).status).toBe(410);
  expect((await answer(eve ?? '')).status).toBe(410);
  expect((await answer(bob ?? '', 'decision=change')).status).toBe(409);
  const before = (await deps.workflows.approvals({ run }))[0]?.state.scheduledAt;
  expect((await answer(bob ?? '', 'decision=change&comment=less')).status).toBe(200);
  await expect
    .poll(async () => (await deps.workflows.approvals({ run }))[0]?.state.scheduledAt ?? before)
    .not.toBe(before);
  for (const link of [ana, bob]) expect((await answer(link ?? '')).status).toBe(410);
  const stale = { kind: 'approve', task: 'sign', by: 'ana', askedSince: before } as const;
  expect(await deps.workflows.command(run, stale, 'ana')).toMatchObject({ ok: false });
  expect(await grants()).toEqual([]);
});

test('another site cannot send the form for somebody who has the page open', async () => {
  const { linkOf, answer, grants } = await openAsked();
  const link = await linkOf('ana');
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])
    expect((await answer(link, 'decision=approve', headers as never)).status).toBe(403);
  expect((await answer(link, '{"decision":"approve"}', { 'content-type': 'application/json' })).status).toBe(
    415,
  );
  expect(await grants()).toEqual([]);
});
