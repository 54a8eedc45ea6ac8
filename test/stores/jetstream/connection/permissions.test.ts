// What people may do on a server with the configuration that `workflow nats-config` writes: look, and give commands in
// their own name. Method: as in permissions-worker.test.ts.

import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shardOf } from '../../../../machines/shard.ts';
import { createDrainMarks } from '../../../../src/engine/agents/drain-marks.ts';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { workItem } from '../../../contract/open-work.ts';
import {
  type GuardedServer,
  journalStream,
  positions,
  startGuardedServer,
  subscribed,
  tried,
  workStream,
} from '../guarded-server.ts';

const run = 'run-1';
const runSubject = `wf.default.run.${shardOf(run)}.${run}`;

let guarded: GuardedServer;
let engine: JetStreamHandle;
let admin: NatsConnection;
const handles: JetStreamHandle[] = [];

beforeAll(async () => {
  guarded = await startGuardedServer();
  engine = await connectJetStream({ url: guarded.urlOf('engine') });
  admin = await guarded.raw('engine');
  await engine.workSecret();
  await createDrainMarks(engine.agentMarks).all();
  for (const agent of ['CMD.BRIDGE', 'ada']) await engine.workQueue.offer(workItem(run, { agent }));
});
afterAll(async () => {
  await Promise.all(handles.map((handle) => handle.close()));
  await engine.close();
  await guarded.stop();
});

async function asking(user: string): Promise<JetStreamHandle> {
  const handle = await connectJetStream({ url: guarded.urlOf(user) });
  handles.push(handle);

  return handle;
}

describe('an observer', () => {
  test('reads the journal and the definitions, and follows them', async () => {
    const position = await engine.journal.append({ run, id: `${run}/1`, body: 'seen', after: 0 });
    const observer = await asking('observer');

    expect(observer.mayLead).toBe(false);
    expect((await observer.journal.last(run))?.position).toBe(position);
    expect(await observer.definitions.list()).toEqual([]);
    expect((await observer.leases.holders()).size).toBe(0);
    expect(await createDrainMarks(observer.agentMarks).all()).toEqual(new Map());
    expect(await createDrainMarks(observer.agentMarks).moves.all()).toEqual(new Map());
    expect([...(await observer.workDepths()).keys()].sort()).toEqual(['CMD.BRIDGE', 'ada']);
  });

  test('finds nothing in buckets that no engine has made yet', async () => {
    const observer = await asking('observer');

    expect(await observer.snapshotsFor('test').latest(run)).toBeUndefined();
    expect(await observer.blobs.get('a'.repeat(64)).catch((error: Error) => error.name)).toBeUndefined();
  });

  test('changes nothing, gives no command, and sees no secret and no item', async () => {
    const before = await positions(admin);
    const observer = await guarded.raw('observer');

    for (const subject of [
      runSubject,
      'wf.default.command.3.observer',
      'wf.default.command.3.anyone',
      'wf.default.command.3.engine',
      'wf.default.report.ada.3',
      'wf.default.definition.text.x',
      'wf.default.definition.version.release.1',
      '$KV.WF_DEFAULT_AGENTS.drain.ada',
      '$KV.WF_DEFAULT_AGENTS.team.ada',
      '$KV.WF_DEFAULT_LEASES.shard.3',
      '$KV.WF_DEFAULT_SECRETS.run-1',
      `wf.default.api.STREAM.PURGE.${journalStream}`,
      `wf.default.api.STREAM.UPDATE.${journalStream}`,
      'wf.default.api.STREAM.CREATE.KV_WF_DEFAULT_SECRETS',
      'wf.default.api.STREAM.MSG.GET.KV_WF_DEFAULT_SECRETS',
      'wf.default.api.STREAM.MSG.GET.KV_WF_DEFAULT_ENGINE',
      `wf.default.api.STREAM.MSG.GET.${workStream}`,
      `wf.default.api.CONSUMER.CREATE.${workStream}.mine.wf.default.work.>`,
      `wf.default.api.CONSUMER.CREATE.${journalStream}`,
      `wf.default.api.CONSUMER.MSG.NEXT.${workStream}.ada`,
      `$JS.API.STREAM.INFO.${journalStream}`,
    ]) {
      expect(await tried(observer, subject), subject).toMatch(/Permissions Violation for Publish/);
    }
    for (const subject of [
      '>',
      '_INBOX.>',
      '_INBOX.engine.>',
      'wf.default.run.>',
      'wf.default.command.*.*',
    ]) {
      expect(await subscribed(observer, subject), subject).toMatch(/Permissions Violation for Subscription/);
    }
    expect(await positions(admin)).toEqual(before);
  });

  test('has nothing sent into a journal or a command', async () => {
    const commands: string[] = [];
    await engine.commands.serve(3, async (_request, { as }) => commands.push(as));
    const before = await positions(admin);
    const observer = await guarded.raw('observer');
    for (const target of [runSubject, 'wf.default.command.3.engine']) {
      for (const verb of [`STREAM.MSG.GET.${journalStream}`, `STREAM.INFO.${journalStream}`])
        observer.publish(`wf.default.api.${verb}`, JSON.stringify({ seq: 1 }), { reply: target });
      const config = {
        ...{ name: 'evil', deliver_subject: target, filter_subject: 'wf.default.run.>' },
        ...{ ack_policy: 'none', deliver_policy: 'all', mem_storage: true },
      };
      await tried(observer, `wf.default.api.CONSUMER.CREATE.${journalStream}.evil.wf.default.run.>`, {
        stream_name: journalStream,
        config,
      });
      await tried(observer, `wf.default.api.CONSUMER.DELETE.${journalStream}.evil`);
    }

    expect(await positions(admin)).toEqual(before);
    // What a consumer delivers keeps its own subject, so that nobody is taken for the engine by it.
    expect(commands.filter((as) => as !== '')).toEqual([]);
  });
});

describe('an operator', () => {
  test('gives commands in its own name only', async () => {
    const asked: string[] = [];
    const stop = await engine.commands.serve(5, async (_request, { as }) => {
      asked.push(as);

      return 'done';
    });
    const { commands } = await asking('operator-ana');

    expect(await commands.request(5, 'go', { as: 'ana', timeoutMs: 5_000 })).toBe('done');
    expect(await commands.request(5, 'go', { as: 'anyone', timeoutMs: 5_000 })).toBe('done');
    for (const as of ['commander', 'engine', '*', '>']) {
      await expect(commands.request(5, 'go', { as, timeoutMs: 20_000 })).rejects.toMatchObject({
        code: 'authority.not-you',
      });
    }
    expect(asked).toEqual(['ana', 'anyone']);
    await stop();
  });

  test('registers definitions where its level allows it', async () => {
    const definition = (id: string) => ({
      ref: { id, version: 1, hash: id.repeat(64).slice(0, 64) },
      text: 'text',
      file: 'a.yaml',
    });
    const commander = await asking('operator-commander');
    await commander.definitions.register(definition('a'));

    expect((await engine.definitions.byId('a'))?.text).toBe('text');
    const { definitions } = await asking('operator-ana');
    // What is known already needs no right.
    await definitions.register(definition('a'));
    await expect(definitions.register(definition('b'))).rejects.toMatchObject({
      code: 'authority.refused',
      message: expect.stringMatching(/the user "operator-ana".*Permissions Violation for Publish/),
    });
    expect(await engine.definitions.byId('b')).toBeUndefined();
  });

  test('drains agents where its level allows it', async () => {
    const mark = { by: 'commander', at: '2026-01-01T00:00:00.000Z' };
    await createDrainMarks((await asking('operator-commander')).agentMarks).set('ada', mark);

    expect(await createDrainMarks(engine.agentMarks).all()).toEqual(new Map([['ada', mark]]));
    await expect(
      createDrainMarks((await asking('operator-ana')).agentMarks).clear('ada'),
    ).rejects.toMatchObject({
      code: 'authority.refused',
    });
    expect((await createDrainMarks(engine.agentMarks).all()).has('ada')).toBe(true);
  });

  test('moves agents to another team where its level allows it', async () => {
    const mark = { by: 'commander', at: '2026-01-01T00:00:00.000Z', team: 'a', department: 'b' };
    await createDrainMarks((await asking('operator-commander')).agentMarks).moves.set('ada', mark);

    expect(await createDrainMarks(engine.agentMarks).moves.all()).toEqual(new Map([['ada', mark]]));
    await expect(
      createDrainMarks((await asking('operator-ana')).agentMarks).moves.clear('ada'),
    ).rejects.toMatchObject({ code: 'authority.refused' });
  });

  test('keeps the secrets of a run that it starts, once an engine has made their bucket', async () => {
    const cipher = { seal: async (text: string) => text, open: async (text: string) => text };
    const { runSecrets } = await asking('operator-ana');
    await expect(runSecrets(cipher).keep(run, { token: 's' })).rejects.toThrow(/only an engine makes it/);
    await engine.runSecrets(cipher).of(run);
    await runSecrets(cipher).keep(run, { token: 's' });

    expect(await engine.runSecrets(cipher).of(run)).toEqual({ token: 's' });
  });

  test('is no engine: it claims nothing and appends nothing', async () => {
    const before = await positions(admin);
    const operator = await guarded.raw('operator-commander');

    for (const subject of [
      runSubject,
      'wf.default.definition.copied',
      '$KV.WF_DEFAULT_LEASES.shard.3',
      '$KV.WF_DEFAULT_ENGINE.token-key',
      'wf.default.api.STREAM.MSG.GET.KV_WF_DEFAULT_ENGINE',
    ]) {
      expect(await tried(operator, subject), subject).toMatch(/Permissions Violation for Publish/);
    }
    expect(await positions(admin)).toEqual(before);
  });
});

test('the address of a worker, a wrong password: it is told whose address it is, or that it is refused', async () => {
  await expect(connectJetStream({ url: guarded.urlOf('worker-ada') })).rejects.toMatchObject({
    code: 'authority.refused',
    message: expect.stringContaining('the user "worker-ada"'),
  });
  const wrong = guarded.urlOf('operator-ana').replace(/:[^:@]*@/, ':wrong@');
  await expect(connectJetStream({ url: wrong })).rejects.toMatchObject({ code: 'nats.unauthorised' });
});

test('an L3 that is named as an approver gives commands in its name, and stores neither secrets nor definitions', async () => {
  const bot = await guarded.raw('operator-bot');

  expect(await tried(bot, 'wf.default.command.3.bot')).not.toMatch(/Permissions Violation/);
  for (const subject of [
    'wf.default.command.3.ana',
    '$KV.WF_DEFAULT_SECRETS.run-1',
    '$KV.WF_DEFAULT_AGENTS.drain.ada',
    '$KV.WF_DEFAULT_AGENTS.team.ada',
    `wf.default.definition.text.${'a'.repeat(64)}`,
    'wf.default.definition.version.release.1',
  ])
    expect(await tried(bot, subject), subject).toMatch(/Permissions Violation for Publish/);
});

test('there are an engine, a worker for each agent that has any, those who command, and one who looks', () => {
  expect(guarded.users.map((user) => user.replace(/-[0-9a-f]{8}$/, '-#'))).toEqual([
    'engine',
    'worker-CMD-BRIDGE-#',
    'worker-ada',
    'operator-commander',
    'operator-ana',
    'operator-bot',
    'observer',
  ]);
});
