import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { protocolVersion, type WorkItem } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import { renderInput } from '../../../machines/run/render.ts';
import { idempotencyKey, type Run } from '../../../machines/run/run.ts';
import { knownMs } from '../../../machines/task.ts';
import type { AgentTask } from '../agents/agent-route.ts';
import { isSealedTask } from '../run/erasure-keys.ts';
import { attemptKey } from './attempt-claims.ts';
import { rendered } from './task-output.ts';

/** The token that proves that an engine handed out the attempt. */
export function tokenOf(secret: string, name: string, agent: string): string {
  return sha256Hex(`${secret}\n${name}\n${agent}`).slice(0, 32);
}

/** What the attempt is given. Throws TaskError, BlobNeeded, ValueErased. */
export function inputOf(run: Run, address: string): Json {
  return unclaimed(run, rendered(renderInput(run, address)));
}

/** What is recorded sealed is queued sealed: whoever begins the attempt is told it in the answer. */
function queued(run: Run, address: string, input: Json): Json {
  const { sealing } = run.aside;

  return sealing !== undefined && isSealedTask(run, address) ? sealing.seal(canonicalJson(input)) : input;
}

/** The attempt as the workers of an agent get it. Throws TaskError, BlobNeeded. */
export function workItem(
  of: { readonly run: Run; readonly task: AgentTask; readonly address: string; readonly attempt: number },
  { agent, secret, nowMs }: { readonly agent: string; readonly secret: string; readonly nowMs: number },
): WorkItem {
  const { run, task, address, attempt } = of;
  const name = attemptKey({ run: run.state.run, address, attempt });
  const { id, version } = run.state.definition;
  const [timeoutMs, heartbeatTimeoutMs] = [knownMs(task.timeoutMs), knownMs(task.heartbeatTimeoutMs)];
  const { assigned: team = [], details } = taskAt(run.state, address) ?? {};

  return {
    protocol: protocolVersion,
    run: run.state.run,
    task: address,
    attempt,
    key: idempotencyKey(run, address),
    attemptKey: name,
    token: tokenOf(secret, name, agent),
    agent,
    ...(team.length > 1
      ? { team: team.map((each) => ({ agent: each.agent, skills: [...each.skills] })) }
      : {}),
    definition: { id, version },
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(task.agentLevel === undefined ? {} : { level: task.agentLevel }),
    input: queued(run, address, inputOf(run, address)),
    ...(details === undefined ? {} : { lastDetails: details }),
    offeredAt: new Date(nowMs).toISOString(),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
    traceparent: `00-${sha256Hex(run.state.run).slice(0, 32)}-${sha256Hex(name).slice(0, 16)}-01`,
  };
}
