import type { Operation } from '../api/operations/operation.ts';
import { type Noun, operations } from '../api/operations/operations.ts';
import type { UseCase } from './use-case.ts';

type UseCases = Readonly<Record<string, UseCase>>;

/** An operation with its use case. */
export type LoadedOperation = Operation & {
  readonly noun: string;
  readonly verb: string;
  readonly useCase: UseCase;
};

const useCases: Readonly<Record<Noun, () => Promise<UseCases>>> = {
  agents: async () => (await import('./agents/use-cases.ts')).agentUseCases,
  approvals: async () => (await import('./approvals/use-cases.ts')).approvalUseCases,
  bundles: async () => (await import('./bundles/use-cases.ts')).bundleUseCases,
  definitions: async () => (await import('./definitions/use-cases.ts')).definitionUseCases,
  erasures: async () => (await import('./erasures/use-cases.ts')).erasureUseCases,
  events: async () => (await import('./events/use-cases.ts')).eventUseCases,
  failures: async () => (await import('./failures/use-cases.ts')).failureUseCases,
  gallery: async () => (await import('./gallery/use-cases.ts')).galleryUseCases,
  goals: async () => (await import('./goals/use-cases.ts')).goalUseCases,
  history: async () => (await import('./history/use-cases.ts')).historyUseCases,
  insights: async () => (await import('./insights/use-cases.ts')).insightUseCases,
  retention: async () => (await import('./retention/use-cases.ts')).retentionUseCases,
  runs: async () => (await import('./runs/use-cases.ts')).runUseCases,
  server: async () => (await import('./server/use-cases.ts')).serverUseCases,
  triggers: async () => (await import('./triggers/use-cases.ts')).triggerUseCases,
  worksets: async () => (await import('./worksets/use-cases.ts')).worksetUseCases,
};

/** The operations of a noun with their use cases, in the order of their declarations. */
async function loadOperations(noun: Noun): Promise<readonly LoadedOperation[]> {
  return withUseCases(noun, operations[noun], await useCases[noun]());
}

/** All operations with their use cases. */
export async function loadAllOperations(): Promise<readonly LoadedOperation[]> {
  return (await Promise.all((Object.keys(operations) as Noun[]).map(loadOperations))).flat();
}

/** The use case of one operation. Throws where there is none. */
export async function loadUseCase(noun: string, verb: string): Promise<UseCase> {
  const found = (await loadOperations(noun as Noun)).find((each) => each.verb === verb);
  if (found === undefined) throw new Error(`there is no operation ${noun}.${verb}`);

  return found.useCase;
}

/** Declarations of a noun with the use case of each. Throws where one has none. */
export function withUseCases(
  noun: string,
  declared: Readonly<Record<string, Operation>>,
  known: UseCases,
): readonly LoadedOperation[] {
  return Object.entries(declared).map(([verb, declaration]) => {
    const useCase = known[verb];
    if (useCase === undefined) throw new Error(`the operation ${noun}.${verb} has no use case`);

    return { ...declaration, noun, verb, useCase };
  });
}
