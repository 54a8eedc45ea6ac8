import type { EmergencyRequest } from '../../api/commands.ts';
import type { Scope } from './emergency-scope.ts';

/** What an emergency stop does, in words, so that nobody has to know the words of the engine. */
export function emergencyEffect(action: EmergencyRequest['action'], scope: Scope): readonly string[] {
  const { runs, outside } = scope;
  const count = counted(runs.length, 'run');
  const underWay = outside === 0 ? [] : [outsideLine(action, outside)];
  switch (action) {
    case 'stop-starts':
      return startsLines(scope);
    case 'pause':
      return [
        `${count} ${is(runs.length)} paused: nothing new of ${them(runs.length)} begins until somebody resumes`,
        ...underWay,
        goesOn,
      ];
    case 'cancel':
      return [
        `${count} ${is(runs.length)} cancelled: what they did is undone, as far as their definitions say how`,
        ...underWay,
        goesOn,
      ];
    case 'terminate':
      return [`${count} end now; what they did is not undone`, ...underWay, goesOn];
  }
}

const goesOn = 'triggers go on to start runs: stop starts as well where that is not wanted';

function startsLines({ triggers, runs, isEverything }: Scope): readonly string[] {
  const count = counted(triggers.length, 'trigger');
  const all = isEverything ? ', those of all definitions' : '';

  return [
    `${count} ${is(triggers.length)} paused${all}; nothing starts runs by itself there until they are resumed`,
    `${counted(runs.length, 'run')} under way ${runs.length === 1 ? 'goes' : 'go'} on`,
    'people and programs may still start runs by hand',
  ];
}

function outsideLine(action: EmergencyRequest['action'], outside: number): string {
  const tasks = counted(outside, 'task');
  const told = action === 'pause' ? 'what comes of them is recorded' : 'what comes of them is not used';

  return `at least ${tasks} may still finish outside; ${told}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function is(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function them(count: number): string {
  return count === 1 ? 'it' : 'them';
}
