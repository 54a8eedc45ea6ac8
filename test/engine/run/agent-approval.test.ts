// A call of an agent that needs an approval is carried out when it has one, and not before; a rejection is told to the
// model, which goes on. Method: a real node in memory, and a real server that answers as the model by a script.
import { expect, onTestFinished, test } from 'vitest';
import { createModelHandler } from '../../../src/http-task/model-handler.ts';
import type { RunView } from '../../../src/ports/runs/workflows.ts';
import { startScriptedModel } from '../../support/scripted-model.ts';
import { createWorld, start } from '../node-world.ts';

const definition = `workflow:
  id: refund
  version: 1
  output: {text: "\${clerk.output.text}"}
  tasks:
    - id: clerk
      type: AGENT
      model: fast
      prompt: The parcel is broken.
      tools:
        - {name: refund, description: Pays back., parameters: {amount: number}, approval: L2, uses: noop}
`;
const asked = 'clerk[0].clerk_calls[0].clerk_refund_approval';

/** An agent whose model asks for a refund, and then says what it was told of it. */
async function staged() {
  const model = await startScriptedModel(({ messages }) => {
    const told = messages.find(({ role }) => role === 'tool');
    return told === undefined
      ? { calls: [{ name: 'refund', arguments: '{"amount": 20}' }] }
      : { text: `I was told ${told.content}` };
  });
  onTestFinished(model.close);
  const found = { alias: 'fast', address: model.address, name: 'm-1', structured: 'schema' } as const;
  const refunds: unknown[] = [];
  const { node, workflows } = await createWorld().join('one', {
    performers: {
      find: ({ performer }) => ({
        worker: 'one',
        handler:
          performer.kind === 'model'
            ? createModelHandler(performer.model, { find: () => Promise.resolve(found) })
            : ({ input }) => {
                refunds.push(input);
                return Promise.resolve({ paid: true });
              },
      }),
    },
  });
  onTestFinished(node.stop);
  await node.workOnAll();
  const run = await start(workflows, definition);
  const until = async (fits: (view: RunView) => boolean) => {
    await expect.poll(async () => fits(await workflows.view(run)), { timeout: 10_000 }).toBe(true);
    return (await workflows.view(run)).state;
  };
  await until(({ state }) => JSON.stringify(state).includes('clerk_refund_approval":{"state":"'));

  return { model, refunds, workflows, run, until };
}

test('a call is approved before it is carried out, and its result is told to the model', async () => {
  const { model, refunds, workflows, run, until } = await staged();
  expect(refunds).toEqual([]);
  expect(await workflows.command(run, { kind: 'approve', task: asked, by: 'ana' }, 'ana')).toMatchObject({
    ok: true,
  });
  const { output } = await until(({ state }) => state.status === 'COMPLETED');

  expect(refunds).toEqual([{ amount: 20 }]);
  expect(output).toEqual({ text: 'I was told {"paid":true}' });
  expect(model.asked).toHaveLength(2);
});

test('a call that is rejected is not carried out, and the model is told so', async () => {
  const { model, refunds, workflows, run, until } = await staged();
  await workflows.command(run, { kind: 'reject', task: asked, by: 'ana', comment: 'too much' }, 'ana');
  const { output } = await until(({ state }) => state.status === 'COMPLETED');

  expect(refunds).toEqual([]);
  expect(JSON.stringify(output)).toContain('approval.denied');
  expect(JSON.stringify(output)).toContain('too much');
  expect(model.asked).toHaveLength(2);
});
