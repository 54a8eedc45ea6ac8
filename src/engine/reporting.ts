import type { Json } from '../../events/canonical-json.ts';
import { Report, type ReportAnswer } from '../../events/worker-protocol.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import { isRunId } from '../../machines/shard.ts';
import { RunQuarantined } from '../ports/damage.ts';
import { RunNotFound } from '../ports/workflows.ts';
import { attemptKey } from './attempt-key.ts';
import type { Mailbox } from './mailbox.ts';
import { movedOn } from './mailbox-answers.ts';
import { answerToRefusal, dropped, taken } from './report-answers.ts';
import { shallowReport } from './report-depth.ts';
import { heldByReporter, isRefusal, type Reported, type ReportingDeps } from './reported.ts';
import { reportedHeartbeat } from './reported-heartbeat.ts';
import { reportedResult } from './reported-result.ts';
import { reportedStart } from './reported-start.ts';
import { tokenOf } from './work-item.ts';

export type RunsOfReports = {
  /** Rejects when the run cannot be had. */
  readonly mailboxOf: (run: string) => Promise<Mailbox>;
  /** Those that speak for their runs. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly putAway: (run: string, mailbox: Mailbox) => void;
};

/**
 * Answers what workers report about attempts. The run has the only say: nothing is believed that the worker could not
 * know from the item it was given. Rejects when another engine, or the same one later, has to be asked.
 */
export function createReporting(
  deps: ReportingDeps,
  runs: RunsOfReports,
): (agent: string, raw: Json) => Promise<ReportAnswer> {
  /** A report that comes again while the first is being recorded is not recorded twice. */
  const underWay = new Map<string, Promise<ReportAnswer>>();

  return async (agent, raw) => {
    const parsed = Report.safeParse(shallowReport(raw));
    if (!parsed.success) return dropped({ code: 'report.invalid', message: invalid(parsed.error.issues) });
    const report = parsed.data;
    const of = { run: report.run, address: report.task, attempt: report.attempt };
    const key = attemptKey(of);
    const token = deps.work === undefined ? undefined : tokenOf(deps.work.secret, key, agent);
    if (!isRunId(report.run) || report.token !== token) {
      const message = `the token is none that ${agent} was given with attempt ${key}`;
      return dropped({ code: 'report.token', message });
    }
    const name = `${report.kind} ${report.worker} ${key}`;
    const joined = underWay.get(name);
    if (joined !== undefined) {
      hear({ report, agent, of });
      return joined;
    }
    const answer = answered({ report, agent, of }).finally(() => underWay.delete(name));
    underWay.set(name, answer);

    return answer;
  };

  /** What cannot be recorded for a while is a sign of life all the same. */
  function hear(given: Omit<Reported, 'mailbox'>): void {
    const mailbox = runs.mailboxes.get(given.of.run);
    if (mailbox === undefined || isRefusal(heldByReporter({ ...given, mailbox }))) return;
    deps.holders.heard(given.of, given.report.worker);
  }

  async function answered(given: Omit<Reported, 'mailbox'>): Promise<ReportAnswer> {
    const { run } = given.of;
    const mailbox = await runs.mailboxOf(run).catch(unavailable);
    if ('ok' in mailbox) return mailbox;
    try {
      const reported = { ...given, mailbox };
      const answer = await act(reported, deps);
      if (answer.ok || answer.next === 'wait') return answer;
      // What is dropped is lost, so it has to be true of the newest state.
      const before = mailbox.run();
      await mailbox.look();
      if (!isFinal(mailbox.run().state.status) && runs.mailboxes.get(run) !== mailbox)
        throw new Error(movedOn.refusal.message);

      return mailbox.run() === before ? answer : await act(reported, deps);
    } finally {
      runs.putAway(run, mailbox);
    }
  }
}

async function act(reported: Reported, deps: ReportingDeps): Promise<ReportAnswer> {
  const { report } = reported;
  switch (report.kind) {
    case 'start':
      return reportedStart({ ...reported, report }, deps);
    case 'heartbeat':
      return reportedHeartbeat({ ...reported, report }, deps);
    case 'complete':
    case 'fail':
      return reportedResult({ ...reported, report }, deps);
    case 'release':
      return released(reported, deps);
  }
}

function released(reported: Reported, { holders }: ReportingDeps): ReportAnswer {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return dropped(open);
  holders.gaveBack(reported.of, reported.report.worker);

  return taken;
}

/** A run that is not there has no use for reports; one that is quarantined may have, when it is mended. */
function unavailable(error: unknown): ReportAnswer {
  if (error instanceof RunNotFound || error instanceof RunQuarantined)
    return answerToRefusal({ code: error.code, message: error.message });

  throw error;
}

function invalid(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const [first] = issues;

  return `the report is not what the protocol says: ${first?.path.map(String).join('.') ?? ''}: ${first?.message ?? ''}`;
}
