import type { Json } from '../../../events/canonical-json.ts';
import type { ReportHandler } from '../../ports/work/work-queue.ts';
import { dropped } from '../attempts/report-answers.ts';
import type { Engine } from '../run/engine.ts';

/** Answers what is reported to a shard. A worker says itself which run it means: it has no say about other shards. */
export function createShardReports(
  { report }: Pick<Engine, 'report'>,
  shardOf: (run: string) => number,
): (shard: number) => ReportHandler {
  return (shard) => async (agent, raw) => {
    const run = runOf(raw);
    if (run === undefined || shardOf(run) === shard) return (await report(agent, raw)) as Json;

    return dropped({
      code: 'report.shard',
      message: `the run is not in shard ${shard}: use \`reportTo\``,
    }) as Json;
  };
}

function runOf(raw: Json): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const { run } = raw as { readonly run?: Json };

  return typeof run === 'string' ? run : undefined;
}
