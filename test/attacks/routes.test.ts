// Every operation and every route, asked by everybody: without a token, with one that is wrong, has expired or was
// revoked, with each level, and with a domain that is not that of what is asked for. Method: the requests are made of
// the declared operations and of the routes of the whole server, so that a new one is asked for, too; what a change
// needs stands in one table, and one that is not in it needs L1.
import { expect, test } from 'vitest';
import type { Level } from '../../machines/agents/declared-agent.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';
import { openServer } from '../http/api-server.ts';
import { definitionText } from '../support/definition-text.ts';

/** Hundreds of requests, on a machine that may be busy. */
const timeout = 180_000;

/** What changes need, where not L1; `domain`: L2 of the domain, or L1; `asked`: whoever is asked by name. */
const needs: Readonly<Record<string, Level | 'domain' | 'asked'>> = {
  'runs.start': 'domain',
  'runs.fork': 'domain',
  'triggers.run': 'domain',
  'events.emit': 'L2',
  // Whoever is away gives away all that they may answer: where nobody is declared, that is everything.
  'approvals.away': 'L0',
  'approvals.back': 'L0',
  // What is destroyed is nobody's any more.
  'erasures.erase': 'L0',
  'erasures.rotate': 'L0',
  'runs.command': 'L2',
  // Tried out: nothing is registered.
  'definitions.publish': 'L3',
  'definitions.rollback': 'L3',
};

const marker = 'only-those-of-sales-know-this';

function asking(id: string, domain: string): string {
  const task = `- { id: sign, type: HUMAN, description: ${domain === 'sales' ? marker : 'plain'} }`;
  // Each is a workset as well, so that the operations of worksets have something to find.
  const head = `labels: { domain: ${domain}, workset: ${id} }\ntriggers: [{ id: nightly, cron: "0 3 * * *" }]`;

  return definitionText(task, head).replace('id: under-test', `id: ${id}`);
}

type Target = { readonly run: string; readonly definition: string };

/** What there is not, by a name that is as like those that there are as the one of the other domain. */
const nothing: Target = { run: '01zzzzzzzzzzzzzzzzzzzzzzzz', definition: 'selfing' };

/** What bodies and queries need to be valid. */
const sent: Readonly<Record<string, (target: Target) => Readonly<Record<string, unknown>>>> = {
  'approvals.away': () => ({ to: 'bob', until: '2d' }),
  'definitions.check': () => text('drafted'),
  'definitions.deepCheck': () => text('drafted'),
  'definitions.test': () => text('drafted'),
  'definitions.import': () => ({ file: 'a.json', text: '{}' }),
  'definitions.whatIf': ({ run, definition }) => ({ ...text(definition), run }),
  'definitions.publish': ({ definition }) => ({ ...text(definition), dryRun: true }),
  'definitions.rollback': () => ({ version: 1, dryRun: true }),
  'definitions.save': () => text('drafted'),
  'definitions.diff': () => ({ from: 1 }),
  'erasures.erase': () => ({ subject: 'customer:nobody' }),
  'events.emit': () => ({ type: 'order.paid' }),
  'failures.assign': () => ({ to: 'ana' }),
  'failures.mute': () => ({ until: new Date(Date.now() + 3_600_000).toISOString() }),
  'gallery.install': () => ({ version: 1, gallery: 'built-in', sha256: '0'.repeat(64) }),
  'history.diff': () => ({ from: 1, to: 1 }),
  'runs.start': ({ definition }) => ({ definition }),
  'runs.command': () => ({ kind: 'signal', name: 'go' }),
  'runs.fork': () => ({ at: 1 }),
  'runs.migrate': () => ({ version: 1 }),
  'runs.details': ({ run }) => ({ runs: run }),
  'runs.query': () => ({ sql: 'SELECT 1' }),
  'runs.bulk': ({ definition }) => ({
    ...{ where: `definition=${definition}`, command: { kind: 'pauseRun' }, dryRun: true },
  }),
  'runs.emergency': ({ definition }) => ({
    ...{ where: `definition=${definition}`, action: 'pause', reason: 'drill', dryRun: true },
  }),
  'triggers.backfill': () => ({ from: '2026-01-01', to: '2026-01-02', dryRun: true }),
};

function text(definition: string) {
  return { file: 'drafted.yaml', text: asking(definition, 'sales').replace('version: 1', 'version: 2') };
}

type Request = {
  readonly name: string;
  readonly method: string;
  readonly changes: boolean;
  /** Whether it names something that belongs to a domain. */
  readonly isTargeted: boolean;
  readonly path: (target: Target) => string;
  readonly body: (target: Target) => unknown;
};

async function operationRequests(): Promise<readonly Request[]> {
  return (await loadAllOperations()).flatMap(({ noun, verb, changes, http }): Request[] => {
    if (http === undefined) return [];
    const name = `${noun}.${verb}`;
    const more = (target: Target) => sent[name]?.(target) ?? {};
    const isGet = http.method === 'get';
    const path = (target: Target): string => {
      const query = isGet ? new URLSearchParams(more(target) as Record<string, string>).toString() : '';
      return filled(http.path, target) + (query === '' ? '' : `?${query}`);
    };
    const request = { name, method: http.method.toUpperCase(), changes, path };
    const body = (target: Target): unknown => (http.method === 'post' ? more(target) : undefined);
    const isTargeted = path(nothing) !== path({ run: 'r', definition: 'd' });
    return [{ ...request, isTargeted: isTargeted || name === 'runs.start', body }];
  });
}

/** The members of a path, in braces or behind a colon. */
function filled(path: string, { run, definition }: Target): string {
  const values: Readonly<Record<string, string>> = {
    ...{ run, other: run, id: definition, definition, task: 'sign', trigger: 'nightly', sequence: '1' },
    // A workset is a definition, and goes by its name; others are agents.
    name: path.includes('/worksets/') ? definition : 'somebody',
    ...{ position: '1', key: '0123456789abcdef' },
    ...{ hash: '0123456789abcdef', from: '0123456789abcdef', to: '0123456789abcdef' },
  };

  return path.replaceAll(/[{:](\w+)\}?/g, (_, name: string) => values[name] ?? 'unknown');
}

/** Open to everybody, by design. */
const open: ReadonlySet<string> = new Set([
  ...['GET /api/v1/session', 'POST /api/v1/session', 'DELETE /api/v1/session', 'GET /healthz', 'GET /readyz'],
  // The claim of an attempt is all that its reports need.
  ...['POST /api/v1/work/heartbeat', 'POST /api/v1/work/complete', 'POST /api/v1/work/fail'],
  'POST /api/v1/work/release',
  ...['GET /oidc/sign-in', 'GET /oidc/callback', 'POST /oidc/device', 'POST /oidc/device/token'],
  'POST /hooks/:name',
  // The link itself is the secret; one that opens nothing is answered as none.
  ...['GET /answer/:link', 'POST /answer/:link'],
]);

async function openWorld() {
  const files = {
    'definitions/selling.yaml': asking('selling', 'sales'),
    'definitions/buying.yaml': asking('buying', 'purchase'),
  };
  const server = await openServer({ isLoopback: false, files });
  const { access, board } = server.deps;
  const bearer = async (level: Level, more: { domain?: string; expiresAt?: string } = {}) => {
    const { token, entry } = await access.add({ as: 'ada', level, ...more });
    return { headers: { authorization: `Bearer ${token}` }, id: entry.id };
  };
  const revoked = await bearer('L0');
  await access.revoke(revoked.id);
  const expired = await bearer('L0', { expiresAt: new Date(Date.now() - 60_000).toISOString() });
  const outside: Readonly<Record<string, { readonly authorization?: string }>> = {
    'no token': {},
    'an invalid token': { authorization: 'Bearer 3ox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    'an expired token': expired.headers,
    'a revoked token': revoked.headers,
  };
  const levels = {
    ...{ L3: (await bearer('L3')).headers, L2: (await bearer('L2')).headers },
    ...{ L1: (await bearer('L1')).headers, L0: (await bearer('L0')).headers },
  };
  const started = await server.ask('/api/v1/runs', { headers: levels.L1, body: { definition: 'selling' } });
  const { run } = started.body as { readonly run: string };
  await server.ask('/api/v1/runs', { headers: levels.L1, body: { definition: 'buying' } });
  while (board.line(run) === undefined) await board.end();
  const ask = (request: Request, target: Target, headers: object) => {
    const body = request.body(target);
    const { method } = request;
    return server.ask(request.path(target), {
      ...{ method, headers: { ...headers } },
      ...(body === undefined ? {} : { body }),
    });
  };

  return { server, bearer, outside, levels, ask, target: { run, definition: 'selling' } };
}

test('nobody comes to any operation or route without a token that counts', { timeout }, async () => {
  const { server, outside } = await openWorld();
  const routes = server.api.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
  const answered = async (who: string, { method, path }: (typeof routes)[number]): Promise<string[]> => {
    const isOpen = open.has(`${method} ${path}`);
    if (isOpen && who !== 'no token') return [];
    const { status } = await server.ask(filled(path, nothing), {
      ...{ method, headers: outside[who] ?? {} },
      ...(method === 'POST' ? { body: {} } : {}),
    });
    // Many wrong tokens come from one address here: how many are looked at is another promise.
    const isRefused = status === 401 || status === 429;
    return isRefused !== isOpen ? [] : [`${who}: ${method} ${path} was answered ${status}`];
  };
  const all = Object.keys(outside).flatMap((who) => routes.map((route) => answered(who, route)));

  expect(routes.length).toBeGreaterThan(70);
  expect((await Promise.all(all)).flat()).toEqual([]);
});

test('each level comes to what it may do, and to nothing else', { timeout }, async () => {
  const { levels, ask, target } = await openWorld();
  const wrong: string[] = [];
  for (const [level, headers] of Object.entries(levels))
    for (const request of await operationRequests()) {
      const { status, text: said } = await ask(request, target, headers);
      const isLetIn = status !== 401 && status !== 403;
      if (said.includes('http.invalid')) wrong.push(`${request.name} has no valid body here: ${said}`);
      if (isLetIn !== mayAsk(level as Level, request))
        wrong.push(`${level}: ${request.name} was answered ${status} ${said.slice(0, 200)}`);
    }

  expect(wrong).toEqual([]);
});

/** By the rule of docs/authority.md. None of these levels has a domain. */
function mayAsk(level: Level, { name, changes }: Request): boolean {
  if (!changes) return true;
  const least = needs[name] ?? 'L1';

  return level <= (least === 'domain' || least === 'asked' ? 'L1' : least);
}

test.each<Level>(['L2', 'L3'])('%s of another domain is told of nothing', { timeout }, async (level) => {
  const { server, bearer, ask, target, levels } = await openWorld();
  const { headers } = await bearer(level, { domain: 'purchase' });
  const before = (await server.deps.workflows.view(target.run)).sequence;
  const wrong: string[] = [];
  for (const request of await operationRequests()) {
    const theirs = await ask(request, target, headers);
    const none = await ask(request, nothing, headers);
    wrong.push(...told(request, target, { theirs, none }));
  }
  for (const path of ['/metrics', '/api/v1/executions', `/api/v1/runs/${target.run}/export?format=audit`]) {
    const { status, text: said } = await server.ask(path, { headers });
    const tells = said.includes('selling') || said.includes(marker) || said.includes(target.run);
    if (tells && status !== 404) wrong.push(`${path} tells of another domain`);
    const all = (await server.ask(path, { headers: levels.L1 })).text;
    expect(all.includes('selling') || all.includes(target.run), path).toBe(true);
  }

  expect(wrong).toEqual([]);
  expect((await server.deps.workflows.view(target.run)).sequence).toBe(before);
});

type Answers = Readonly<Record<'theirs' | 'none', { readonly status: number; readonly text: string }>>;

/** What an answer tells of another domain: that something is there, what stands in it, or that it was changed. */
function told(request: Request, target: Target, { theirs, none }: Answers): readonly string[] {
  const { name, isTargeted, changes } = request;
  const shown = theirs.text.replaceAll(target.run, nothing.run).replaceAll('selling', nothing.definition);
  const isEcho = JSON.stringify(request.body(target) ?? '').includes(marker);
  const found: readonly (readonly [boolean, string])[] = [
    [isTargeted && (shown !== none.text || theirs.status !== none.status), 'tells that it exists'],
    [theirs.text.includes(marker) && !isEcho, 'tells what stands in it'],
    [!isTargeted && !isEcho && theirs.text.includes('selling'), 'names it'],
    [changes && theirs.status < 300 && name !== 'events.emit', 'changed something'],
  ];

  return found.flatMap(([is, what]) => (is ? [`${name} ${what}: ${theirs.text} against ${none.text}`] : []));
}
