// What `import ... from` the package gives, one by one, so that a change of what is published shows. A class of an
// error is here where its members are of use; of all others their `code` is enough.

export type { Problem } from '../../../machines/language/problem.ts';
export type { InputOf, OutputOf } from '../../api/operations/operation.ts';
export type { Operations } from '../../api/operations/operations.ts';
export type { RunList, RunPage, RunResult } from '../../api/run.ts';
export type { EventDocument } from '../../api/run-parts.ts';
export type { SqlAnswer } from '../../api/run-requests.ts';
export { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
export type { Ask, Client, OperationName, RunHandle, StartOptions } from './client.ts';
export { ClientClosed } from './client.ts';
export type { ConnectOptions } from './connect.ts';
export { connect } from './connect.ts';
export type {
  ActionContext,
  DefinitionValue,
  EmbeddedEngine,
  EngineOptions,
  Json,
} from './create-engine.ts';
export {
  ActionFailure,
  ActionRefused,
  createEngine,
  EngineClosed,
  RequestRefused,
  RunNotCompleted,
} from './create-engine.ts';
export type { TaskValue, WorkflowValue } from './embedded-definitions.ts';
export { defineWorkflow, toYaml } from './embedded-definitions.ts';
export { ServerUnreachable } from './http-transport.ts';
export type { AnyWorkflow, ProjectWorkflows, WorkflowId, WorkflowTypes } from './workflow-types.ts';
