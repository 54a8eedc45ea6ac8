import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';

/** What can be asked about approvals, from the journal alone. */
export interface Approvals {
  /**
   * The approvals that wait for somebody, the longest waiting first. `run`: only those of one run; rejects with
   * RunNotFound, RunQuarantined then. `answerableBy`: only those that somebody of this name may answer and has not yet.
   */
  approvals(filter?: {
    readonly run?: string;
    readonly answerableBy?: string;
  }): Promise<readonly AskedApproval[]>;
}
