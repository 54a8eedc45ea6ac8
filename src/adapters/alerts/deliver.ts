import type { AlertDelivery } from '../../ports/alert-delivery.ts';
import type { ProjectSecrets } from '../../ports/secrets.ts';
import { runAlertCommand } from './alert-command.ts';
import { postAlert } from './alert-webhook.ts';

/** Says alerts in the output of the engine, to other programs over HTTP, and by commands. */
export function createAlertDelivery({
  projectDir,
  secrets,
  say,
  answerMsMax = 10_000,
  runMsMax = 30_000,
}: {
  readonly projectDir: string;
  readonly secrets: Pick<ProjectSecrets, 'get'>;
  /** Writes a line into the output of the engine. */
  readonly say: (message: string) => void;
  /** How long a webhook may take to answer, and a command to run. */
  readonly answerMsMax?: number;
  readonly runMsMax?: number;
}): AlertDelivery {
  return {
    deliver: async (alert, target) => {
      switch (target.kind) {
        case 'log': {
          const link = alert.link === undefined ? '' : `  ${alert.link}`;
          return say(`alert ${alert.rule}: ${alert.text}${link}`);
        }
        case 'webhook':
          return postAlert(alert, target, { secrets, answerMsMax });
        case 'command':
          return runAlertCommand(alert, target.command, { projectDir, runMsMax });
      }
    },
  };
}
