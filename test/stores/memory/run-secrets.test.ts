// The secrets of runs in memory, for simulations.
import { createMemoryRunSecrets } from '../../../src/stores/memory/run-secrets.ts';
import { runSecretsContract } from '../../contract/run-secrets-contract.ts';

runSecretsContract(async () => {
  const secrets = createMemoryRunSecrets();

  return { secrets, other: secrets, close: async () => undefined };
});
