// Events of a domain among many of others. Method: the ports of a domain over outcomes that are kept in memory.
import { expect, test } from 'vitest';
import { domainPorts } from '../../src/http/domain-ports.ts';
import type { OperationPorts } from '../../src/operations/use-case.ts';
import { createMemoryEventOutcomes } from '../../src/stores/memory/event-outcomes.ts';

const count = 12_000;
const own = new Set([1, 2, 3, 5_500]);

async function salesPorts() {
  const outcomes = createMemoryEventOutcomes();
  const at = '2026-01-01T00:00:00.000Z';
  for (let position = 1; position <= count; position += 1) {
    const run = own.has(position) ? 'sold' : 'bought';
    const effects = [{ kind: 'woke', run } as const];
    await outcomes.note({ position, at, status: 'taken', type: 'order.paid', effects });
  }
  const line = (run: string) => ({ head: { definition: { hash: run === 'sold' ? 'selling' : 'buying' } } });
  const ports = { board: { line }, triggers: { outcomes: outcomes.list } };
  const domains = {
    of: (hash: string) => (hash === 'selling' ? 'sales' : 'purchase'),
    settle: () => undefined,
  };
  const bounds = { domain: 'sales', domains, actor: () => undefined };

  return domainPorts(ports as never as OperationPorts, bounds as never);
}

test('each page holds what is of the domain, however much of others lies in between', async () => {
  const { triggers } = await salesPorts();
  const pages: number[][] = [];
  for (let before: number | undefined; pages.length < 3; ) {
    const page = await triggers.outcomes({ limit: 2, before });
    pages.push(page.map(({ outcome }) => outcome.position));
    before = page.at(-1)?.place;
  }

  expect(pages).toEqual([[5_500, 3], [2, 1], []]);
});
