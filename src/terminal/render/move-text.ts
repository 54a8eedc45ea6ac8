import type { Json } from '../../../events/canonical-json.ts';
import type { Intervention, Move } from '../../../machines/prover/explore/scenario.ts';
import { oneLine, truncateToWidth } from './width.ts';

/** A move of a scenario in a few words: `validate gives {"result":"FAIL"}`, `time passes`. */
export function moveText(move: Move): string {
  switch (move.type) {
    case 'start':
      return `start with ${shortValue(move.input)}${move.pace === 'slow' ? ', attempts take their time' : ''}`;
    case 'complete':
      return `${attemptText(move)} gives ${shortValue(move.output)}`;
    case 'fail':
      return `${attemptText(move)} fails with ${move.error.code}${move.error.retryable ? '' : ', not retryable'}`;
    case 'silence':
      return `${attemptText(move)} never answers`;
    case 'approve':
    case 'reject':
      return `${move.by} ${move.type}s ${move.task}${move.data === undefined ? '' : ` with ${shortValue(move.data)}`}`;
    case 'signal':
      return `signal ${move.name} comes with ${shortValue(move.data)}`;
    case 'endChild':
      return `the run of ${attemptText(move)} ends ${move.status}${endText(move)}`;
    case 'pass':
      return 'time passes until the next timer';
    case 'intervene':
      return interventionText(move.command);
  }
}

const valueWidthMax = 60;

/** A value by its beginning, on one line. */
function shortValue(value: Json): string {
  return truncateToWidth(oneLine(JSON.stringify(value)), valueWidthMax);
}

/** What the run of another definition gave, or what it failed with. */
function endText({ output, error }: Extract<Move, { readonly type: 'endChild' }>): string {
  if (error !== undefined) return ` with ${error.code}`;

  return output === undefined ? '' : ` and gives ${shortValue(output)}`;
}

function attemptText({ task, attempt }: { readonly task: string; readonly attempt: number }): string {
  return attempt === 1 ? task : `attempt ${attempt} of ${task}`;
}

function interventionText(command: Intervention): string {
  switch (command.kind) {
    case 'pauseRun':
      return 'somebody pauses the run';
    case 'resumeRun':
      return 'somebody resumes the run';
    case 'terminateRun':
      return 'somebody terminates the run';
    case 'cancelRun':
      return 'somebody cancels the run';
    case 'retryRun':
      return 'somebody retries the run';
    case 'dropDeadLetter':
      return 'somebody drops the dead letter';
    case 'skipTask':
      return `somebody skips ${command.task}`;
    case 'requestChange':
      return `${command.by} asks for a change at ${command.task}`;
    case 'delegateApproval':
      return `${command.by} hands ${command.task} on to ${command.to}`;
    case 'resolveTask':
      return `somebody completes ${command.task} with ${shortValue(command.output)}`;
  }
}
