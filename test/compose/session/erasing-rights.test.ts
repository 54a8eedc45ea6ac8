// Who may erase on the command line, where no engine looks after that. Method: the ports of a command, opened on a real
// server in a project that declares principals.
import { expect, onTestFinished, test, vi } from 'vitest';
import { openPorts } from '../../../src/compose/session/observer-session.ts';
import { erasureUseCases } from '../../../src/operations/erasures/use-cases.ts';
import { createProject } from '../../cli/project.ts';
import { startTestServer } from '../../support/nats.ts';

const principals = `principals:
  - {name: zoe, level: L0}
  - {name: ana, level: L1}
`;

async function opened(agents: string) {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  vi.stubEnv('NATS_URL', server.url);
  const { dir } = await createProject({ 'agents.yaml': agents });
  const { ports, close } = await openPorts(dir, () => undefined);
  onTestFinished(close);
  const { erase, rotate } = erasureUseCases;

  return {
    erase: (actor: string) =>
      erase.carryOut(ports, { subject: 'customer:1', terminateLive: false }, { actor }),
    rotate: (actor: string) => rotate.carryOut(ports, { retire: false }, { actor }),
  };
}

test('only the highest level erases and changes master keys on the command line', async () => {
  const { erase, rotate } = await opened(principals);
  await expect(erase('ana')).rejects.toMatchObject({ code: 'authority.level' });
  await expect(rotate('ana')).rejects.toMatchObject({ code: 'authority.level' });
  await expect(erase('zoe')).rejects.toMatchObject({ code: 'erasure.unknown-subject' });
  expect(await rotate('zoe')).toMatchObject({ rewrapped: 0, retired: [] });
});

test('nobody erases where it cannot be told who may', async () => {
  const { erase } = await opened('principals: 7');
  await expect(erase('zoe')).rejects.toMatchObject({ name: 'AgentsInvalid' });
});
