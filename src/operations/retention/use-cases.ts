import type { retentionOperations } from '../../api/operations/server.ts';
import { RetentionDocument, RetentionRequest } from '../../api/run-requests.ts';
import type { RetentionOutcome, RetentionPlan } from '../../ports/retention.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

export const retentionUseCases = {
  retain: useCase(RetentionRequest, RetentionDocument, async (ports, { dryRun }, caller) => {
    const { retention, authority = retention.authority } = ports;
    refuseUnlessAllowed(authority, caller, { kind: 'control', what: 'having runs leave the journal' });
    if (dryRun) return documentOf({ plan: await retention.plan(), left: 0, damaged: [] }, true);
    const outcome = await retention.sweep({ by: caller.actor });
    if (outcome.refused !== undefined)
      throw new RequestRefused(outcome.refused, 'nothing has left the journal; ask again later');

    return documentOf(outcome, false);
  }),
} satisfies UseCasesOf<typeof retentionOperations>;

function documentOf({ plan, ...outcome }: RetentionOutcome, dryRun: boolean) {
  const { policies, held, first, ...counts }: RetentionPlan = plan;
  const { left, damaged, segment, generation, hasMore } = outcome;

  return {
    ...{ dryRun, ...counts, policies: [...policies], held: [...held], first: [...first], left },
    damaged: [...damaged],
    ...(segment === undefined ? {} : { segment }),
    ...(generation === undefined ? {} : { generation }),
    ...(hasMore === undefined ? {} : { hasMore }),
  };
}
