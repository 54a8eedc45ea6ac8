// A worker of the agent CASHIER that charges at the address CHARGES by the idempotency key of its task.
import { createWorker } from '../../dist/src/compose/create-worker.js';

const worker = createWorker({
  agent: 'CASHIER',
  capacity: 100,
  handlers: async ({ key, attempt, signal }) => {
    const headers = { 'Idempotency-Key': key, 'Workflow-Attempt': String(attempt) };
    const answer = await fetch(process.env.CHARGES, { method: 'POST', headers, signal });

    return answer.json();
  },
});
await worker.ready;
process.stderr.write('worker ready\n');
