import type { z } from 'zod';
import { isWorkset } from '../../../machines/language/workset.ts';
import type { worksetOperations } from '../../api/operations/worksets.ts';
import {
  StationReport,
  WorksetList,
  WorksetNamed,
  WorksetPause,
  WorksetQuery,
  WorksetReport,
  WorksetStart,
} from '../../api/worksets.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Caller } from '../../ports/access/authority.ts';
import { stationReport, worksetPlan, worksetReport } from '../../projections/run/workset-report.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { resolveDefinition } from '../definitions/resolve-definition.ts';
import { type Order, pageOf } from '../page.ts';
import { projectSources, startRun } from '../runs/use-cases.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { changeWorkset, latestRunOf, type WorksetChange } from './change-workset.ts';

/** Worksets are runs of definitions that were compiled from them: everything here is said by those. */
export const worksetUseCases = {
  list: useCase(WorksetQuery, WorksetList, listed),
  show: useCase(WorksetNamed, WorksetReport, reported),
  start: useCase(WorksetStart, WorksetReport, started),
  pause: useCase(WorksetPause, WorksetReport, (ports, { name, reason }, caller) =>
    changed(ports, name, { kind: 'pauseRun', ...(reason === undefined ? {} : { reason }) }, caller),
  ),
  resume: useCase(WorksetNamed, WorksetReport, (ports, { name }, caller) =>
    changed(ports, name, { kind: 'resumeRun' }, caller),
  ),
  report: useCase(WorksetNamed, StationReport, async (ports, named) => {
    const report = await reported(ports, named);
    const [item, ...more] = report.items;
    const single = item?.workflow !== undefined && more.length === 0 ? item.run : undefined;
    const only = single === undefined ? undefined : await reportOfRun(ports, single);

    return { workset: stationReport(report, only) };
  }),
} satisfies UseCasesOf<typeof worksetOperations>;

const order: Order<WorksetReport> = { name: 'worksets', place: ({ id }) => [id] };

async function listed(
  ports: OperationPorts,
  wanted: z.output<typeof WorksetQuery>,
): Promise<z.input<typeof WorksetList>> {
  await ports.board.ready;
  const known = [...(await knownDefinitionsOf(ports).all()).values()];
  const plans = known.flatMap(({ shown: { loaded } }) =>
    loaded !== undefined && isWorkset(loaded.definition) ? [worksetPlan(loaded.definition)] : [],
  );
  const { items, ...page } = pageOf(plans, order, wanted);

  return {
    ...page,
    items: await mapAtOnce(items, listReadsMax, async (plan) => {
      const run = await latestRunOf(ports.board, plan.id);
      return run === undefined ? plan : reportOfRun(ports, run);
    }),
  };
}

/** The workset of this name by its latest run, or the run of this name. Rejects with RunNotFound. */
async function reported(ports: OperationPorts, { name }: WorksetNamed): Promise<WorksetReport> {
  await ports.board.ready;
  const definition = await worksetCalled(ports, name);
  if (definition === undefined) return reportOfRun(ports, await ports.workflows.resolve(name));
  const run = await latestRunOf(ports.board, definition.id);

  return run === undefined ? worksetPlan(definition) : reportOfRun(ports, run);
}

async function worksetCalled(ports: OperationPorts, id: string) {
  const known = (await knownDefinitionsOf(ports).all()).get(id);
  const definition = known?.shown.loaded?.definition;

  return definition !== undefined && isWorkset(definition) ? definition : undefined;
}

async function reportOfRun({ workflows, board }: OperationPorts, run: string): Promise<WorksetReport> {
  return worksetReport(await workflows.view(run), board.line);
}

async function started(
  ports: OperationPorts,
  { name, input, draft }: z.output<typeof WorksetStart>,
  caller: Caller,
): Promise<WorksetReport> {
  const { loaded } = await resolveDefinition(projectSources(ports), name, { draft });
  if (!isWorkset(loaded.definition)) {
    const message = `${loaded.definition.id} is no workset; start it as a run`;
    throw new RequestRefused({ code: 'definition.no-workset', message }, `workflow start ${name}`);
  }
  const { run } = await startRun(ports, caller, { definition: name, draft, input });

  return reportOfRun(ports, run);
}

/** Rejects with RequestRefused where it was never started, or where its run refuses. */
async function changed(
  ports: OperationPorts,
  name: string,
  command: WorksetChange,
  { actor }: Caller,
): Promise<WorksetReport> {
  const { run } = await reported(ports, { name });
  if (run === undefined) {
    throw new RequestRefused(
      { code: 'run.not-found', message: `the workset ${name} was never started` },
      `workflow workset start ${name}`,
    );
  }
  const answer = await changeWorkset(ports.workflows, run, { command, actor });
  if (!answer.ok) throw new RequestRefused(answer.refusal);

  return reportOfRun(ports, run);
}
