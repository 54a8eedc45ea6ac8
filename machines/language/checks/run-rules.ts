import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import { mapping } from '../text/spellings.ts';
import type { Path } from '../text/yaml-node.ts';

/** What a command needs besides the right keys: a list or a shell, and no values in the text of a script. */
export function runFindings(run: Json | undefined, path: Path): readonly Finding[] {
  if (typeof run === 'string') return shellListRules([run], 'sh', path);
  const { command, shell } = mapping(run);
  if (typeof command === 'string' && shell === undefined) {
    const message =
      'a command in one text needs a shell; write a list such as [git, status], or add shell: sh';
    return [combination(message, [...path, 'command'])];
  }
  if (Array.isArray(command) && command.length > 1 && shell !== undefined) {
    return shellListRules(command as readonly Json[], shell, [...path, 'command']);
  }

  return [];
}

/** For sh and bash the list is a script and its `$1`, `$2`, ...; a value put into the script would be run as code. */
function shellListRules([script, ...rest]: readonly Json[], shell: Json, path: Path): readonly Finding[] {
  if (shell === 'pwsh') return pwshListRules(script, rest, path);
  if (shell !== 'sh' && shell !== 'bash') {
    return [combination(`with shell: ${String(shell)} the command is one text`, path)];
  }
  if (typeof script !== 'string' || !/(^|[^$])\$\{/.test(script)) return [];
  const message =
    'a shell script may not hold "${...}": the value would be run as code; write "$1" in a list under `command`, beside shell: sh, and give the value as a further element';

  return [combination(message, path)];
}

/** For pwsh it is a script file, or that and the function in it that gets the input. */
function pwshListRules(
  script: Json | undefined,
  [name, ...more]: readonly Json[],
  path: Path,
): readonly Finding[] {
  const isFunction = typeof name === 'string' && /^[A-Za-z][A-Za-z0-9_-]*$/.test(name);
  if (typeof script === 'string' && isFunction && more.length === 0) return [];
  const message =
    'with shell: pwsh the command is the path of a script, or a list of that and the name of a function in it';

  return [combination(message, path)];
}

function combination(message: string, path: Path): Finding {
  return { code: 'definition.bad-combination', message, path };
}
