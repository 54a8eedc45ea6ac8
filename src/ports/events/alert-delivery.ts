import type { AlertTarget } from '../../../machines/serve-file/served.ts';
import type { Alert } from './alert-feed.ts';

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
