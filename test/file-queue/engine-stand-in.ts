import { attemptKeyOf, type Report, type ReportAnswer, type WorkItem } from '../../events/worker-protocol.ts';

type Kept = { readonly item: WorkItem; worker?: string; result?: string; over?: boolean };

type Refusal = Extract<ReportAnswer, { ok: false }>;

/** The engine's part of the protocol, for attempts that are `open`: who may begin, whose result counts. */
export type EngineStandIn = {
  readonly open: (item: WorkItem) => void;
  /** The attempt ends without a result: it timed out, say. */
  readonly end: (key: string) => void;
  readonly report: (agent: string, report: Report) => Promise<ReportAnswer>;
  /** Every report that was answered, in order. */
  readonly heard: readonly Report[];
  /** What was recorded: key to JSON of the output or error. */
  readonly results: ReadonlyMap<string, string>;
  /** While set, `start` has to wait for so long; or nobody answers at all. */
  readonly mood: { waitMs?: number; away?: boolean };
};

export function createEngineStandIn(): EngineStandIn {
  const attempts = new Map<string, Kept>();
  const results = new Map<string, string>();
  const heard: Report[] = [];
  const mood: EngineStandIn['mood'] = {};

  function answer(agent: string, report: Report): ReportAnswer {
    const kept = attempts.get(`${report.run}/${report.task}/${report.attempt}`);
    if (kept === undefined) return drop('run.unknown', `there is no run ${report.run}`);
    if (kept.item.token !== report.token || kept.item.agent !== agent) {
      return drop('report.token', 'the token is not that of the attempt');
    }
    if (kept.over) {
      const isKnown = kept.result !== undefined && kept.result === resultOf(report);
      return isKnown ? { ok: true } : drop('task.not-open', 'it is over');
    }

    return refused(kept, report) ?? record(kept, report);
  }

  function refused({ worker }: Kept, report: Report): ReportAnswer | undefined {
    const isStart = report.kind === 'start';
    if (isStart && mood.waitMs !== undefined) return wait('run.paused', mood.waitMs);
    if (worker === undefined || worker === report.worker) return undefined;

    return isStart ? wait('task.other-worker', 10_000) : drop('task.other-worker', 'another worker has it');
  }

  function record(kept: Kept, report: Report): ReportAnswer {
    switch (report.kind) {
      case 'start':
        kept.worker = report.worker;
        return { ok: true, heartbeatMs: 3_000 };
      case 'heartbeat':
        return { ok: true };
      case 'release':
        delete kept.worker;
        return { ok: true };
      default:
        kept.over = true;
        kept.result = resultOf(report) ?? '';
        results.set(attemptKeyOf(kept.item), kept.result);
        return { ok: true };
    }
  }

  return {
    open: (item) => void attempts.set(attemptKeyOf(item), { item }),
    end: (key) => Object.assign(attempts.get(key) ?? {}, { over: true }),
    report: async (agent, report) => {
      if (mood.away) throw new Error('no engine answered');
      heard.push(report);

      return answer(agent, report);
    },
    heard,
    results,
    mood,
  };
}

function resultOf(report: Report): string | undefined {
  if (report.kind === 'complete') return JSON.stringify(report.output);

  return report.kind === 'fail' ? JSON.stringify(report.error) : undefined;
}

function drop(code: string, message: string): ReportAnswer {
  return refusal(code, message, 'drop');
}

function wait(code: string, retryAfterMs: number): ReportAnswer {
  return { ...refusal(code, 'not now', 'wait'), retryAfterMs };
}

function refusal(code: string, message: string, next: Refusal['next']): Refusal {
  return { ok: false, code, message, next };
}
