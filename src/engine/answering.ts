import type { Json } from '../../events/canonical-json.ts';
import { starting } from '../../machines/agents/deeds.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import type { Run } from '../../machines/run/run.ts';
import { isRunId } from '../../machines/shard.ts';
import type { Authority } from '../ports/authority.ts';
import type { Asker, CommandHandler } from '../ports/command-channel.ts';
import type { Journal } from '../ports/journal.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import { answerOf, refusal, refusalOf } from './answers.ts';
import type { Engine } from './engine.ts';
import { forkRun } from './fork-run.ts';
import type { Outcome } from './mailbox.ts';
import { movedOn } from './mailbox-answers.ts';
import { deedOf, notTheirs, refusedFor } from './may-do.ts';
import { createRecentAnswers } from './recent-answers.ts';
import { EngineRequest, reservedIn } from './requests.ts';

const answersMax = 1_000;

/** Answers what is asked of the runs of an engine; a request that comes again is answered as it was the first time. */
export function createAnswering({
  engine,
  journal,
  snapshots,
  authority,
  onRefusedStart,
}: {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly snapshots?: Snapshots | undefined;
  /** Who may do what; everybody may do everything without. */
  readonly authority?: Authority | undefined;
  readonly onRefusedStart: (run: string) => void;
}): CommandHandler {
  const oncePerRequest = createRecentAnswers<Outcome>(answersMax, isMovedOn);

  return answer;

  async function answer(raw: Json, asker: Asker): Promise<Json> {
    const request = EngineRequest.safeParse(raw);
    if (!request.success) return refusal('', 'request.invalid', request.error.message);
    const { run } = request.data;
    if (!isRunId(run))
      return refusal(run, 'run.invalid-id', `${JSON.stringify(run)} cannot be the id of a run`);
    const foreign = notTheirs(request.data, asker.as);
    if (foreign !== undefined) return refusal(run, foreign.code, foreign.message);
    const reserved = reservedIn(request.data);
    if (reserved !== undefined)
      return refusal(run, 'input.reserved', `only the journal may use the key at ${reserved}`);
    // Ids are chosen by whoever asks: nobody is given what somebody else was answered.
    const id = JSON.stringify([asker.as, request.data.id]);
    try {
      const outcome = await oncePerRequest(id, () =>
        carryOut({ ...request.data, id }, asker).catch(asMovedOn),
      );
      if (!isMovedOn(outcome)) return answerOf(run, outcome);
    } catch (error) {
      return refusalOf(run, error);
    }
    // The run was given to another engine while the request was here. Without an answer the channel asks that one.
    throw new Error(movedOn.refusal.message);
  }

  async function carryOut(request: EngineRequest, { as }: Asker): Promise<Outcome> {
    const mayStart = ({ definition }: Chart) => refusedFor(authority, as, () => starting(definition));
    switch (request.kind) {
      case 'start': {
        const { run, hash, kind: _kind, id: _id, ...rest } = request;
        const chart = await engine.charts.byHash(hash);
        const outcome = mayStart(chart) ?? (await engine.startRun({ run, chart, ...rest }));
        // Ids are made at random, so the same one again is the same request again: its answer was lost on the way.
        if (!outcome.ok && outcome.refusal.code === 'run.exists') return { ok: true, sequence: 1 };
        if (!outcome.ok) onRefusedStart(run);

        return outcome;
      }
      case 'fork':
        return forkRun({ journal, snapshots, mayStart }, engine, request);
      case 'migrate': {
        const { run, hash, actor, id } = request;
        const refused = ({ chart }: Run) =>
          refusedFor(authority, as, () => ({ kind: 'define', definition: chart.ref.id }));
        return engine.migrate(run, hash, { actor, id, refused });
      }
      case 'command': {
        const { run, command, actor, id } = request;
        const refused = (asked: Run) => refusedFor(authority, as, () => deedOf(asked, command));
        return engine.submit(run, command, { actor, id, refused });
      }
      case 'adopt':
        await engine.adopt(request.run);
        return { ok: true, sequence: 0 };
    }
  }
}

function isMovedOn(outcome: Outcome): boolean {
  return !outcome.ok && outcome.refusal.code === movedOn.refusal.code;
}

function asMovedOn(error: unknown): Outcome {
  if (error instanceof Error && 'code' in error && error.code === movedOn.refusal.code) return movedOn;

  throw error;
}
