import type { AlertTarget } from '../../../machines/serve-file/served.ts';

/** Says alerts where a rule wants them said. */
export interface AlertDelivery {
  /** Resolves when it was said there. Rejects with AlertNotDelivered, which may pass. */
  deliver(alert: Alert, target: AlertTarget): Promise<void>;
}

/** The alert was not said there. The reaction: say it again in a while. */
export class AlertNotDelivered extends Error {
  override readonly name = 'AlertNotDelivered';
  readonly code = 'alert.not-delivered';
}

/** An alert rule has spoken. `at` is ISO 8601, UTC; `link` is where people look, where the address is known. */
export type Alert = {
  /** The same whenever the same alert is said again. */
  readonly id: string;
  readonly rule: string;
  readonly on: string;
  /** What it is about, the same for the same trouble: a run, a task of it, an agent. */
  readonly subject: string;
  /** Why it speaks, in one line for people. */
  readonly text: string;
  readonly at: string;
  readonly run?: string;
  readonly link?: string;
  /** What stands in a mail to one person, and nowhere else. */
  readonly mail?: { readonly subject: string; readonly text: string };
};

/** Alerts as they are said. */
export interface AlertFeed {
  /** Calls back for each alert, until the returned function is called. */
  onAlert(listener: (alert: Alert) => void): () => void;
}

/** Tells all engines of a project of the alerts that any of them says, itself too. What is sent may get lost. */
export interface AlertWire extends AlertFeed {
  send(alert: Alert): void;
}
