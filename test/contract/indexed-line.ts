import type { Head } from '../../events/record.ts';
import type { RunSummary } from '../../src/ports/runs/run-index.ts';

const statuses = ['RUNNING', 'COMPLETED', 'FAILED', 'PAUSED', 'TERMINATED', 'TIMED_OUT'] as const;
/** What is wrong with some of them. */
export const lineDamage = { code: 'journal.altered', sequence: 1, position: 1, message: 'it was altered' };

/** A run that differs from the others in all that a filter asks. */
export function indexedLine(
  at: number,
  more: { readonly position?: number; readonly head?: Partial<Head> } = {},
): RunSummary {
  const status = statuses[at % statuses.length] ?? 'RUNNING';
  const isEnded = status !== 'RUNNING' && status !== 'PAUSED';

  return {
    run: `${at % 7 === 0 ? '01aaaaaaaaaaa' : 'run-'}${String((at * 37) % 101).padStart(4, '0')}`,
    sequence: 1 + (at % 5),
    position: more.position ?? at + 1,
    updatedAt: timeOf(200 - (at % 11)),
    ...(at % 17 === 3 ? { archived: at % 2 === 0 ? 'whole' : 'head' } : {}),
    ...(at % 13 === 5
      ? { damage: { ...lineDamage, code: at % 2 === 0 ? 'journal.newer' : lineDamage.code } }
      : {}),
    head: {
      definition: { id: `of-${at % 3}`, version: 1 + (at % 2), hash: `${at % 3}${at % 2}`.repeat(32) },
      status,
      startedAt: timeOf(at % 50),
      ...(isEnded ? { endedAt: timeOf((at % 50) + (at % 9)) } : { dueAt: timeOf(300) }),
      ...begunBy(at),
      ...endOf(at, status),
      settled: at % 3,
      tasks: 3,
      ...foundBy(at, isEnded),
      active: isEnded ? [] : [{ task: at % 2 === 0 ? 'each[3].pay' : 'ask', status: 'PENDING_APPROVAL' }],
      ...more.head,
    },
  };
}

function timeOf(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
}

function begunBy(at: number): Partial<Head> {
  if (at % 5 === 0) return { parent: 'run-parent' };

  return at % 4 === 0 ? { trigger: 'Nightly' } : {};
}

function endOf(at: number, status: string): Partial<Head> {
  if (status === 'TERMINATED') return { shown: 'CANCELLED' };
  if (status !== 'FAILED') return {};
  const group = { errorGroup: `group-${at % 3}`, errorText: `card ${at} REFUSED by Öre` };

  return { error: at % 4 < 2 ? 'payment.refused' : 'pay', ...(at % 5 === 0 ? {} : group) };
}

/** Heads of early releases say none of it. */
function foundBy(at: number, isEnded: boolean): Partial<Head> {
  if (at % 6 === 5) return {};

  return {
    ...(at % 4 === 1 ? {} : { key: `Order ${at % 20}` }),
    labels: { team: at % 3 === 0 ? 'finance' : 'sales', 'cost.centre': String(at % 4) },
    ...(at % 2 === 0 ? { searchable: { customer: `ÄRA-${at % 5}`, team: 'finance' } } : {}),
    ...(at % 7 === 0 ? {} : { owner: at % 2 === 0 ? 'ana' : 'bob' }),
    ...(isEnded ? {} : { agents: at % 4 === 0 ? ['PACKER', 'SENDER'] : ['PACK'] }),
  };
}
