// What `workflow check` believes of the outputs of actions is what they give. Method: each action is carried out once,
// and what it gives is held against what it declares, member by member.
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { mayBe, typeOfValue } from '../../machines/expressions/typing/typing.ts';
import type { KnownAction } from '../../machines/language/world/world.ts';
import { createActions } from '../../src/actions/registry.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

type Members = Readonly<Record<string, Json>>;

test('every action gives just the members that it declares, each of its type', async () => {
  const files = { 'in/a.txt': 'a', 'policy.yaml': 'required_files: [LICENSE]\n' };
  const projectDir = await temporaryProject(files);
  const actions = createActions();
  const given = new Map<string, Members>();
  const carryOut = async (name: string, input: Json): Promise<Members> => {
    const output = (await actions.get(name)?.(testAttempt({ projectDir, input }))) as Members;
    given.set(name, output);

    return output;
  };
  const scan_data = await carryOut('files.scan', { folder: 'in' });
  const policy_data = await carryOut('policy.load', { policy: 'policy.yaml' });
  const { policy_rules = null } = policy_data;
  const { file_list = null } = scan_data;
  const validation_data = await carryOut('compliance.validate', { file_list, policy_rules });
  await carryOut('receipt.write', { output_folder: 'out', scan_data, validation_data });
  await carryOut('report.write', { path: 'out/report.md', title: 'Report' });
  await carryOut('folders.create', { folder: 'made' });
  await carryOut('files.copy', { from: 'in', to: 'made' });
  await carryOut('notify', { message: 'done' });
  await carryOut('evaluate', { language: 'jq', expression: '.' });

  expect([...given.keys()].sort()).toEqual([...actions.keys()].sort());
  for (const [name, output] of given) {
    const outputs: KnownAction['outputs'] = actions.get(name)?.known().outputs ?? {};
    expect(Object.keys(output).sort(), name).toEqual(Object.keys(outputs).sort());
    const unlike = Object.entries(output).filter(
      ([member, value]) => !mayBe(outputs[member] ?? 'null', typeOfValue(value)),
    );
    expect(unlike, name).toEqual([]);
  }
});
