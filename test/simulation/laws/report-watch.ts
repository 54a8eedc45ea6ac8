import type { Json } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Report, ReportAnswer } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Link } from '../world/link.ts';
import type { World } from '../world/world.ts';
import type { Court } from './court.ts';

/** Listens to what workers report and what engines answer. */
export type ReportWatch = {
  /** Has an engine answer a report, which is handed to it now. */
  readonly around: (engine: Link, raw: Json, answer: (raw: Json) => Promise<string>) => Promise<string>;
};

/** How long a worker that is not heard of keeps what it has. */
const claimTtlMs = 10_000;
const clockJumpMs = 1;

type Told = {
  readonly engine: Link;
  readonly report: Report;
  readonly key: string;
  readonly handedMs: number;
};
/** What an engine knew of an attempt when a report about it came. */
type Known = {
  readonly name: string;
  readonly isOver: boolean;
  readonly holder: string | undefined;
  readonly heard: number;
  /** Its holder had said that it wants no more of it. */
  readonly wasGivenBack: boolean;
};

export function createReportWatch(world: World, court: Court): ReportWatch {
  const { agenda, faults } = world;
  const isTimeEven = !faults.kinds.includes('clock jump');
  /** When an engine last heard of a worker, and took its word, by engine, attempt and worker. */
  const heardMs = new Map<string, number>();
  /** When somebody gave an attempt back, by the engine that was told. It forgets that with the run. */
  const released = new Map<string, number>();
  /** To whom an attempt was handed, by the engine that did: no record need say so. It forgets that with the run. */
  const handed = new Map<string, { readonly worker: string; readonly atMs: number }>();
  /** What was known when a report that is being answered was handed over first: it may come again meanwhile. */
  const underWay = new Map<string, Known>();

  function recordsOf({ report: { run, task, attempt } }: Told): readonly JournalRecord[] {
    const all = court.docket(run)?.records() ?? [];

    return all.filter(({ type, data }) => {
      const fact: FactMembers = data.fact;
      return fact.task === task && (fact.attempt === attempt || type === 'task.resolved');
    });
  }

  /** The worker that has the attempt, and whether it is over, as far as the engine knows the run. */
  function holding({ engine, report: { run, task, attempt } }: Told) {
    const state = court.docket(run)?.at(court.seen(engine, run)?.sequence ?? 0)?.state;
    const found = state === undefined ? undefined : taskAt(state, task);
    const { attempt: latest = 0, state: at = 'waiting', worker } = found ?? {};
    const isOver = latest > attempt || (latest === attempt && at !== 'scheduled' && at !== 'in_progress');

    return { isOver, holder: latest === attempt && at === 'in_progress' ? worker : undefined };
  }

  function known(told: Told): Known {
    const { engine, report, key } = told;
    // Whoever takes a run over gives every holder the whole time anew.
    const takenMs = court.seen(engine, report.run)?.sinceMs ?? Number.NEGATIVE_INFINITY;
    const recorded = holding(told);
    const handing = handed.get(`${engine.name} ${key}`);
    const unrecorded = handing !== undefined && handing.atMs >= takenMs ? handing.worker : undefined;
    const before = { ...recorded, holder: recorded.holder ?? unrecorded };
    const heard = heardMs.get(`${engine.name} ${key} ${before.holder}`) ?? takenMs;
    const name = `${engine.name} ${report.kind} ${key} ${report.worker}`;
    const givenBackMs = released.get(`${engine.name} ${key} ${before.holder}`);
    // An engine whose leases ran out meanwhile may have read the run anew, behind one event of another engine.
    const isRemembered = givenBackMs !== undefined && agenda.nowMs() - givenBackMs < claimTtlMs;
    const wasGivenBack = isRemembered && givenBackMs >= takenMs;
    const found = underWay.get(name) ?? { ...before, heard, name, wasGivenBack };
    underWay.set(name, found);

    return found;
  }

  function checkStart(told: Told, before: Known): void {
    const { engine, report, key } = told;
    const { worker } = report;
    if (before.isOver) court.find(`I4: ${engine.name} lets ${worker} begin ${key}, which was over`);
    if (report.handed !== true && !isStartRecorded(told))
      court.find(`I6: ${engine.name} lets ${worker} begin ${key}, and no record says so`);
    if (before.holder !== undefined && before.holder !== worker) checkTakeOver(told, before, before.holder);
  }

  function isStartRecorded(told: Told): boolean {
    const isIt = ({ type, data }: JournalRecord) =>
      type === 'task.started' && data.fact['worker'] === told.report.worker;

    return recordsOf(told).some(isIt);
  }

  function checkTakeOver(told: Told, { heard, wasGivenBack }: Known, holder: string): void {
    const { engine, report, key } = told;
    const { worker } = report;
    if (released.has(`${engine.name} ${key} ${holder}`)) {
      const isLost = ({ data: { fact } }: JournalRecord) => {
        const found: FactMembers = fact;
        return found.lost === holder && found.worker === worker;
      };
      // Who gives it back while another start is on its way to the journal comes too late.
      if (wasGivenBack && recordsOf(told).some(isLost))
        court.find(`${key}: ${holder} gave it back and is told lost`);
      return;
    }
    const silentMs = agenda.nowMs() - heard;
    if (isTimeEven && silentMs < claimTtlMs - clockJumpMs)
      court.find(`I4: ${engine.name} gives ${key} to ${worker} ${silentMs} ms after it heard of ${holder}`);
  }

  function began(told: Told, before: Known): void {
    const { engine, report, key, handedMs: atMs } = told;
    const { worker } = report;
    released.delete(`${engine.name} ${key} ${worker}`);
    checkStart(told, before);
    if (report.handed === true) handed.set(`${engine.name} ${key}`, { worker, atMs });
  }

  function gaveBack({ engine, report: { worker }, key, handedMs }: Told): void {
    released.set(`${engine.name} ${key} ${worker}`, handedMs);
    if (handed.get(`${engine.name} ${key}`)?.worker === worker) handed.delete(`${engine.name} ${key}`);
  }

  /** What was taken is in the journal: only then the worker may forget it. */
  function checkResult(told: Told): void {
    const { engine, report, key } = told;
    const type = report.kind === 'complete' ? 'task.completed' : 'task.failed';
    // Somebody may have given a result by hand meanwhile: then nobody needs that of the worker.
    const isThere = recordsOf(told).some(
      (record) =>
        record.type === 'task.resolved' ||
        ((record.type === type || record.type === 'task.failed') &&
          record.data.fact['worker'] === report.worker),
    );
    if (report.handed !== true && !isStartRecorded(told))
      court.find(
        `I12: ${engine.name} took the result of ${report.worker} for ${key}, which it had not begun`,
      );
    if (!isThere)
      court.find(`I1: ${engine.name} took the result of ${report.worker} for ${key}, which is not stored`);
  }

  return {
    around: async (engine, raw, answer) => {
      const report = raw as Report;
      const key = `${report.run}/${report.task}/${report.attempt}`;
      const told: Told = { engine, report, key, handedMs: agenda.nowMs() };
      const before = known(told);
      const text = await answer(raw).finally(() => underWay.delete(before.name));
      const answered = JSON.parse(text) as ReportAnswer;
      const said = answered.ok ? 'ok' : `${answered.next} (${answered.code})`;
      world.trace(`${engine.name} answers ${report.kind} of ${report.worker} for ${key.slice(22)}: ${said}`);
      if (!answered.ok || !engine.isAlive() || court.isSetAside(report.run)) return text;
      heardMs.set(`${engine.name} ${key} ${report.worker}`, told.handedMs);
      if (report.kind === 'start') began(told, before);
      if (report.kind === 'release') gaveBack(told);
      if (report.kind === 'complete' || report.kind === 'fail') checkResult(told);

      return text;
    },
  };
}
