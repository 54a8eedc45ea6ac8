import { bytesText } from '../../../machines/byte-size.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { readServed } from '../../project/serve-file.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { openRuns } from '../session/open-index.ts';
import { liveRuns } from '../session/open-quotas.ts';

/** From so much of a quota on somebody should look. */
const nearly = 0.8;

/** How much of its quotas the namespace uses; nothing where it has none. */
export async function quotaLines(
  stream: JetStreamHandle,
  projectDir: string,
): Promise<readonly DoctorLine[]> {
  const { quotas } = await readServed(projectDir);
  if (quotas === undefined) return [];
  const { liveRuns: runsMax, bytes: bytesMax, startsPerSecond } = quotas;
  const { runs, indexed } = openRuns(projectDir, stream, () => undefined);
  const lines: DoctorLine[] = [];
  try {
    if (runsMax !== undefined) {
      const live = await liveRuns({ runs });
      lines.push(lineOf(live / runsMax, `${live} of ${runsMax} runs are under way`, 'workflow list'));
    }
  } finally {
    await indexed.close();
  }
  if (bytesMax !== undefined) {
    const bytes = await stream.bytesStored();
    const detail = `${bytesText(bytes)} of ${bytesText(bytesMax)} are stored`;
    lines.push(lineOf(bytes / bytesMax, detail, 'workflow retain --dry-run'));
  }
  if (startsPerSecond !== undefined)
    lines.push({ name: 'quotas', status: 'ok', detail: `${startsPerSecond} runs a second may be begun` });

  return lines;
}

function lineOf(used: number, detail: string, fix: string): DoctorLine {
  if (used < nearly) return { name: 'quotas', status: 'ok', detail };

  return used < 1
    ? { name: 'quotas', status: 'warn', code: 'quota.nearly', detail, fix }
    : { name: 'quotas', status: 'fail', code: 'quota.reached', detail: `${detail}: no run is begun`, fix };
}
