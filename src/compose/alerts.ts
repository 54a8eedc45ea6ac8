import { createAlertDelivery } from '../adapters/alerts/deliver.ts';
import { openServeFile } from '../adapters/serve-file/serve-file.ts';
import { createAlertFeed } from '../engine/alerts/alert-feed.ts';
import { createAlertMarks } from '../engine/alerts/alert-marks.ts';
import { runAlerts } from '../engine/alerts/alerts.ts';
import { createFailureTriage } from '../engine/failure-triage.ts';
import type { AgentsDesk } from '../ports/agents-desk.ts';
import type { AlertFeed } from '../ports/alert-feed.ts';
import type { Board } from '../ports/board.ts';
import type { ServeFile } from '../ports/serve-file.ts';
import { createMuted } from './muted-failures.ts';
import type { Session } from './open-session.ts';
import { systemClock } from './system-clock.ts';

/** serve.yaml, and the alerts that are said by it. */
export type Watch = {
  readonly file: ServeFile;
  /** Alerts that this engine says. */
  readonly feed: AlertFeed;
  /** Alerts that any engine of the project says. */
  readonly everybodys: AlertFeed;
  /** Alerts lead to this address from now on. */
  readonly dashboardAt: (url: string) => void;
  close(): Promise<void>;
};

/** Looks after serve.yaml and says alerts. Rejects with ServeFileInvalid when the file cannot be used to begin with. */
export async function openWatch({
  projectDir,
  session: { stream, engine, workflows },
  board,
  agents,
  onProgress,
}: {
  readonly projectDir: string;
  readonly session: Session;
  readonly board: Pick<Board, 'lines' | 'ready'>;
  readonly agents: AgentsDesk;
  readonly onProgress: (message: string) => void;
}): Promise<Watch> {
  const file = await openServeFile({ projectDir, clock: systemClock, onProblem: onProgress });
  const feed = createAlertFeed();
  let dashboard: string | undefined;
  const alerts = runAlerts({
    board,
    workflows,
    agents,
    clock: systemClock,
    rules: () => file.current().alerts,
    marks: createAlertMarks(stream.triggerMarks, systemClock),
    delivery: createAlertDelivery({ projectDir, secrets: engine.projectSecrets, say: onProgress }),
    onAlert: (alert) => {
      feed.say(alert);
      stream.alertWire.send(alert);
    },
    isMuted: createMuted({ triage: createFailureTriage(stream.triggerMarks), workflows, clock: systemClock }),
    onTrouble: onProgress,
    dashboard: () => dashboard,
  });

  return {
    file,
    feed,
    everybodys: stream.alertWire,
    dashboardAt: (url) => {
      dashboard = url;
    },
    close: async () => {
      file.close();
      await alerts.close();
    },
  };
}
