// KPIs are measured from a journal while it grows. Method: records of runs that ended in a journal of the test, events
// of KPIs in memory, and a clock that is moved by hand.
import { expect, onTestFinished, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Enterprise } from '../../../machines/goals/enterprise.ts';
import { kpiRecord } from '../../../machines/goals/kpi-fold.ts';
import { loadEnterprise } from '../../../machines/goals/load-enterprise.ts';
import { createRunMeasuring } from '../../../src/engine/goals/ended-runs.ts';
import { createKpiBook } from '../../../src/engine/goals/kpi-book.ts';
import { measureKpis, recomputedKpis } from '../../../src/engine/goals/measure-kpis.ts';
import { createKpiTelling } from '../../../src/engine/goals/tell-kpi.ts';
import type { Stored } from '../../../src/ports/runs/journal.ts';
import { createMemoryKpiRecords } from '../../../src/stores/memory/kpi-records.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const kpiText = `
kpis:
  revenue: { measure: sum, value: output.amount, period: month, target: 1000, goal: growth }
  success: { measure: success_rate, period: month }
goals: { growth: { target: 5000, kpi: revenue } }
`;

function enterprise(text = kpiText): Enterprise {
  const loaded = loadEnterprise({ file: 'enterprise.yaml', content: text });
  if (!loaded.ok) throw new Error('the file of the test does not load');

  return loaded;
}

type Ended = {
  readonly run: string;
  readonly at: string;
  readonly amount: number;
  readonly isFailed?: boolean;
};

/** The record by which a run ended. */
function endOf({ run, at, amount, isFailed = false }: Ended, position: number): Stored {
  const status = isFailed ? 'FAILED' : 'COMPLETED';
  const record = {
    id: `${run}/2`,
    sequence: 2,
    time: at,
    type: isFailed ? 'run.failed' : 'run.completed',
    data: {
      fact: isFailed ? {} : { output: { amount } },
      transitions: [{ from: 'RUNNING', to: status }],
      head: { definition: { id: 'sale', version: 1, hash: 'h' }, status, startedAt: at, endedAt: at },
    },
  } as unknown as JournalRecord;

  return { kind: 'record', run, position, body: '', record };
}

function createWorld() {
  const clock = createManualClock(Date.parse('2026-11-05T00:00:00Z'));
  const stored: Stored[] = [];
  const kpis = createMemoryKpiRecords();
  const marks = createMemoryMarkStore();
  const published: CloudEvent[] = [];
  const troubles: unknown[] = [];
  /** What is told of the journal, as far as it goes. */
  let toldMax = Number.POSITIVE_INFINITY;
  const journal = {
    end: async () => stored.length,
    watch: async function* ({
      after = 0,
      signal,
      onCaughtUp,
    }: {
      readonly after?: number;
      readonly signal: AbortSignal;
      readonly onCaughtUp?: () => void;
    }) {
      let next = stored.findIndex(({ position }) => position > after);
      if (next === -1) next = stored.length;
      let isCaughtUp = false;
      while (!signal.aborted) {
        const found = stored[next];
        if (found === undefined || next >= toldMax) {
          if (!isCaughtUp) onCaughtUp?.();
          isCaughtUp = true;
          await new Promise((resolve) => setImmediate(resolve));
        } else {
          next += 1;
          yield found;
        }
      }
    },
  };
  const labels = { department: 'sales' };
  const reader = {
    charts: { byHash: async () => ({ definition: { labels } }) },
    fold: () => Promise.reject(new Error('no run has to be folded')),
  } as unknown as Parameters<typeof createRunMeasuring>[0];
  const runs = createRunMeasuring(reader);
  let current = enterprise();

  /** An engine that measures, until `end` or the end of the test. */
  function engine() {
    const over = new AbortController();
    const events = {
      publish: async (event: CloudEvent) => {
        published.push(event);
        return { stored: true };
      },
    };
    const book = createKpiBook(kpis);
    const onClosed = createKpiTelling({ events, marks, clock });
    const onTrouble = (error: unknown) => void troubles.push(error);
    const deps = { journal, runs, book, enterprise: () => current, onClosed, clock, onTrouble };
    const work = async () => {
      while (!over.signal.aborted) await measureKpis(deps, over.signal).catch(onTrouble);
    };
    const working = work();
    const end = async () => {
      over.abort();
      await working;
    };
    onTestFinished(end);

    return { end };
  }

  const add = (...ended: readonly Ended[]) => {
    for (const each of ended) stored.push(endOf(each, stored.length + 1));
  };
  /** Time goes by until the promise holds. */
  const until = (check: () => Promise<boolean>) =>
    expect
      .poll(
        async () => {
          clock.advance(1_000);
          return check();
        },
        { interval: 1, timeout: 20_000 },
      )
      .toBe(true);
  const fold = (kpi: string) => createKpiBook(kpis).kpi(kpi);
  const counted = (kpi: string, count: number) =>
    until(async () => [...(await fold(kpi)).runs()].length === count);
  const change = (text: string) => {
    current = enterprise(text);
  };

  const tellUpTo = (most: number) => {
    toldMax = most;
  };

  return {
    clock,
    kpis,
    journal,
    runs,
    tellUpTo,
    engine,
    add,
    until,
    fold,
    counted,
    change,
    published,
    troubles,
  };
}

const sale = (index: number, over: Partial<Ended> = {}): Ended => ({
  ...{ run: `r${index}`, at: '2026-11-05T00:00:00.000Z', amount: 10 },
  ...over,
});

test('ten thousand runs are counted once each, and as a recount from the journal has them', async () => {
  const { engine, add, counted, fold, kpis, journal, runs, clock } = createWorld();
  add(...Array.from({ length: 10_000 }, (_, index) => sale(index, { isFailed: index % 10 === 0 })));
  engine();
  await counted('success', 10_000);
  await counted('revenue', 9_000);
  const revenue = await fold('revenue');
  expect(revenue.values()).toEqual([{ period: '2026-11', value: 90_000, runs: 9_000 }]);
  expect((await fold('success')).valueIn('2026-11').value).toBe(0.9);
  // Many runs stand in one event.
  expect((await kpis.read('revenue', 0)).length).toBeLessThan(30);

  const anew = await recomputedKpis({ journal, runs, clock }, enterprise(), () => Number.POSITIVE_INFINITY);
  expect(anew.get('revenue')?.values()).toEqual(revenue.values());
  expect([...(anew.get('revenue')?.runs() ?? [])]).toEqual([...revenue.runs()]);
}, 60_000);

test('an engine that takes over goes on where the other one was, and two at once count nothing twice', async () => {
  const { engine, add, counted, fold } = createWorld();
  add(...Array.from({ length: 50 }, (_, index) => sale(index)));
  const first = engine();
  await counted('revenue', 50);
  await first.end();

  const [one, two] = [engine(), engine()];
  for (let round = 1; round <= 5; round += 1) {
    add(...Array.from({ length: 20 }, (_, index) => sale(round * 100 + index)));
    await counted('revenue', 50 + round * 20);
  }
  await Promise.all([one.end(), two.end()]);
  expect((await fold('revenue')).valueIn('2026-11')).toMatchObject({ value: 1_500, runs: 150 });
}, 60_000);

test('a KPI whose rule is changed is measured anew, and one that is not stays as it is', async () => {
  const { engine, add, counted, fold, change, until, kpis } = createWorld();
  add(sale(1), sale(2), sale(3, { isFailed: true }));
  engine();
  await counted('revenue', 2);
  await counted('success', 3);
  const before = await kpis.read('success', 0);
  change(kpiText.replace('output.amount', 'output.amount * 3'));
  await until(async () => (await fold('revenue')).valueIn('2026-11').value === 60);
  expect(await kpis.read('success', 0)).toEqual(before);
});

test('a run that completed, was run again and failed counts no more', async () => {
  const { engine, add, counted, fold, until } = createWorld();
  add(sale(1), sale(2));
  engine();
  await counted('revenue', 2);
  add(sale(1, { isFailed: true }));
  await until(async () => (await fold('revenue')).valueIn('2026-11').runs === 1);
});

test('a period that has missed its target is told once, with how many in a row have', async () => {
  const { engine, add, counted, clock, published, until } = createWorld();
  add(sale(1));
  const first = engine();
  await counted('revenue', 1);
  clock.advance(Date.parse('2026-12-01T00:00:10Z') - clock.now());
  await until(async () => published.length === 1);
  await first.end();
  // Another engine knows that it was told.
  engine();
  clock.advance(Date.parse('2027-01-02T00:00:00Z') - clock.now());
  await until(async () => published.length === 2);

  expect(published.map(({ id, type, data }) => ({ id, type, data }))).toEqual([
    {
      id: 'kpi/revenue/2026-11',
      type: 'kpi.below_target',
      data: { kpi: 'revenue', period: '2026-11', periods: 1, value: 10, target: 1000, goal: 'growth' },
    },
    {
      id: 'kpi/revenue/2026-12',
      type: 'kpi.below_target',
      data: { kpi: 'revenue', period: '2026-12', periods: 2, value: 0, target: 1000, goal: 'growth' },
    },
  ]);
});

test('a period is closed when all that ended in it has been read, however late that is', async () => {
  const { engine, add, counted, fold, clock, until, tellUpTo } = createWorld();
  add(sale(1));
  tellUpTo(1);
  engine();
  await counted('revenue', 1);
  add(sale(2, { at: '2026-11-30T23:59:59.000Z' }));
  clock.advance(Date.parse('2026-12-01T01:00:00Z') - clock.now());
  for (let second = 0; second < 20; second += 1) await counted('revenue', 1);
  expect((await fold('revenue')).closed()).toEqual([]);
  tellUpTo(2);
  await until(async () => (await fold('revenue')).closed().length === 1);

  expect((await fold('revenue')).closed()).toMatchObject([{ period: '2026-11', value: 20, runs: 2 }]);
});

test('a period that is closed with another value than its runs give is damaged', async () => {
  const { engine, add, counted, fold, kpis, clock } = createWorld();
  add(sale(1));
  const first = engine();
  await counted('revenue', 1);
  await first.end();
  const data = { period: '2026-11', value: 1_000, runs: 1, better: 'higher' as const, missed: 0 };
  const before = await fold('revenue');
  const time = new Date(clock.now()).toISOString();
  const { body } = kpiRecord('revenue', before, { event: { type: 'kpi.period-closed', data }, time });
  await kpis.append('revenue', body, (await kpis.read('revenue', 0)).at(-1)?.position ?? 0);

  await expect(fold('revenue')).rejects.toThrow(
    'event 3 of the KPI revenue closes 2026-11 with 1000 of 1 runs, where those before it have 10 of 1',
  );
});

test('a KPI whose events were damaged is told of, and the others are measured', async () => {
  const { engine, add, counted, kpis, troubles } = createWorld();
  await kpis.append('revenue', 'no event', 0);
  add(sale(1));
  engine();
  await counted('success', 1);
  expect(String(troubles[0])).toContain('event 1 of the KPI revenue is no event of a KPI');
});
