import type { Sighting } from '../../machines/alerts/due-alerts.ts';
import { failureKeyOf } from '../../machines/run/record/failure-key.ts';
import { createAbsences } from '../engine/absences.ts';
import { createAlertFeed } from '../engine/alerts/alert-feed.ts';
import { createAlertMarks } from '../engine/alerts/alert-marks.ts';
import { runAlerts } from '../engine/alerts/alerts.ts';
import { runApprovalMails } from '../engine/alerts/approval-mails.ts';
import { runStoreAlerts } from '../engine/alerts/store-alerts.ts';
import { createFailureTriage } from '../engine/queries/failure-triage.ts';
import { createAnswerLinks } from '../keys/answer-links.ts';
import { createSecretCipher } from '../keys/cipher.ts';
import { createAlertDelivery } from '../outgoing/deliver.ts';
import type { Alert, AlertFeed } from '../ports/events/alert-delivery.ts';
import type { Board } from '../ports/runs/board.ts';
import type { FailureTriage } from '../ports/runs/failure-triage.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { ServeFile } from '../ports/serve-file.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import { openServeFile } from '../project/serve-file.ts';
import { isMuting, runFailureOf } from '../projections/insights/failure-groups.ts';
import { startGroup } from '../subprocess/process-group.ts';
import { openDeclared } from './session/open-agents.ts';
import type { ProjectSession } from './session/open-session.ts';
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

type WatchOptions = {
  readonly projectDir: string;
  readonly session: ProjectSession;
  readonly board: Pick<Board, 'live' | 'each' | 'counts' | 'line' | 'durations' | 'ready'>;
  readonly agents: AgentsDesk;
  readonly onProgress: (message: string) => void;
};

/** Looks after serve.yaml and says alerts. Rejects with SettingsInvalid when the file cannot be used to begin with. */
export async function openWatch({
  projectDir,
  session: { stream, engine, workflows, reader, ledger, store },
  board,
  agents,
  onProgress,
}: WatchOptions): Promise<Watch> {
  const file = await openServeFile({ projectDir, clock: systemClock, onProblem: onProgress });
  const feed = createAlertFeed();
  let dashboard: string | undefined;
  const saying = {
    clock: systemClock,
    rules: () => file.current().alerts,
    delivery: createAlertDelivery({
      projectDir,
      secrets: engine.projectSecrets,
      say: onProgress,
      startGroup,
      mailServer: () => file.current().mail,
    }),
    onAlert: toEverybody(feed, stream.alertWire),
    onTrouble: onProgress,
    dashboard: () => dashboard,
  };
  const alerts = runAlerts({
    ...{ ...saying, board, ledger, workflows, reader, agents },
    marks: createAlertMarks(stream.triggerMarks, systemClock),
    isMuted: createMuted(workflows, createFailureTriage(stream.triggerMarks)),
  });
  const mails = await openApprovalMails({ ...saying, board, workflows }, { projectDir, stream, file });
  const storeAlerts = store && runStoreAlerts({ ...saying, storeTrouble: store.trouble });

  return {
    file,
    feed,
    everybodys: stream.alertWire,
    dashboardAt: (url) => {
      dashboard = url;
    },
    close: async () => {
      file.close();
      storeAlerts?.close();
      await mails.close();
      await alerts.close();
    },
  };
}

/** Mails of approvals, to those of agents.yaml who have an address. */
async function openApprovalMails(
  saying: Pick<
    Parameters<typeof runApprovalMails>[0],
    'clock' | 'delivery' | 'onTrouble' | 'board' | 'workflows'
  > & {
    readonly dashboard: () => string | undefined;
  },
  {
    projectDir,
    stream,
    file,
  }: { readonly projectDir: string; readonly stream: ProjectSession['stream']; readonly file: ServeFile },
): Promise<{ readonly close: () => Promise<void> }> {
  const { declared } = await openDeclared({ projectDir, onProgress: saying.onTrouble, readOnly: true });
  const mails = runApprovalMails({
    ...saying,
    marks: createAlertMarks(stream.triggerMarks, systemClock, 'approval-mail'),
    links: createAnswerLinks(createSecretCipher(projectDir)),
    absences: createAbsences(stream.triggerMarks, systemClock),
    canSend: () => file.current().mail !== undefined,
    people: () => declared.current().principals,
    address: () => file.current().mail?.links ?? file.current().oidc?.origin ?? saying.dashboard(),
  });

  return {
    close: async () => {
      declared.close();
      await mails.close();
    },
  };
}

function toEverybody(
  feed: Pick<ReturnType<typeof createAlertFeed>, 'say'>,
  wire: Pick<ProjectSession['stream']['alertWire'], 'send'>,
): (alert: Alert) => void {
  return (alert) => {
    feed.say(alert);
    wire.send(alert);
  };
}

/**
 * Whether something that is to be seen is the failure of a run whose group is muted, or the dead letter of the task
 * that it failed by. Runs are read only while something of their definition is muted.
 */
function createMuted(
  workflows: Pick<Workflows, 'view'>,
  triage: Pick<FailureTriage, 'mutes'>,
): (sighting: Sighting) => Promise<boolean> {
  return async ({ on, run, definition, subject }) => {
    if (run === undefined || (on !== 'run_failed' && on !== 'dead_letter')) return false;
    const nowMs = systemClock.now();
    const mutes = [...(await triage.mutes())].filter(
      ([, mute]) => mute.definition === definition && nowMs < Date.parse(mute.until),
    );
    if (mutes.length === 0) return false;
    const view = await workflows.view(run);
    // What is under way again is no failure of any group.
    if (view.state.status !== 'FAILED' && view.state.status !== 'TIMED_OUT') return false;
    const failure = runFailureOf(view);
    if (on === 'dead_letter' && !subject.startsWith(`${run} ${failure.task} `)) return false;
    const key = failureKeyOf(failure);

    return mutes.some(([muted, mute]) => muted === key && isMuting(mute, { ...failure, nowMs }));
  };
}
