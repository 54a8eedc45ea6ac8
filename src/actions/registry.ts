import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { type Action, defineAction } from './action.ts';
import { checkFiles, readFileList, type Violation } from './compliance/check-files.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { FileList } from './file-list.ts';
import { filesCopy } from './files-copy.ts';
import { filesScan } from './files-scan.ts';
import { foldersCreate } from './folders-create.ts';
import { notify } from './notify.ts';
import { PolicyRules } from './policy/policy-rules.ts';
import { policyLoad } from './policy-load.ts';
import { receiptWrite } from './receipt-write.ts';
import { reportWrite } from './report-write.ts';

const Input = z
  .strictObject({
    file_list: FileList,
    rules: PolicyRules.optional(),
    policy_rules: PolicyRules.optional(),
    strict_mode: z.boolean().default(false),
  })
  .refine(({ rules, policy_rules }) => (rules === undefined) !== (policy_rules === undefined), {
    error: 'expected either "rules" or "policy_rules"',
  });

/** So many violations are named in the result; all are counted. */
const namedMax = 200;

/**
 * `compliance.validate`: FAIL when a required file is missing or a forbidden one is there, PARTIAL when only names or
 * sizes are wrong, PASS when nothing is.
 */
export const complianceValidate = defineAction(
  'compliance.validate',
  {
    input: Input,
    outputs: {
      compliance_status: 'text',
      compliance_score: 'number',
      missing_files: 'list',
      missing_total: 'number',
      violations: 'list',
      violations_total: 'number',
      checked_files: 'number',
      strict_mode: 'boolean',
    },
    errors: ['compliance.manifest-changed'],
  },
  async (attempt, input) => {
    const rules = input.rules ?? input.policy_rules ?? PolicyRules.parse({});
    const check = checkFiles(rules);
    const fileViolations: Violation[] = [];
    let violations_total = 0;
    let checked_files = 0;
    let severe = false;

    for await (const entry of readFileList(input.file_list, attempt)) {
      checked_files += 1;
      for (const violation of check.file(entry)) {
        violations_total += 1;
        severe ||= isSevere(violation);
        if (fileViolations.length < namedMax) fileViolations.push(violation);
      }
    }
    const rest = check.rest();
    violations_total += rest.length;
    severe ||= rest.some(isSevere);
    const missing_files = check.missing();

    return {
      compliance_status: severe ? 'FAIL' : violations_total > 0 ? 'PARTIAL' : 'PASS',
      compliance_score: score(new Set(rules.required_files).size, missing_files.length),
      missing_files: missing_files.slice(0, namedMax),
      missing_total: missing_files.length,
      // What is missing comes first: it must not be crowded out by the names of what is there.
      violations: [...rest, ...fileViolations]
        .slice(0, namedMax)
        .map((violation): Json => ({ ...violation })),
      violations_total,
      checked_files,
      strict_mode: input.strict_mode,
    };
  },
);

/** The built-in actions by the name that `uses:` gives (docs/actions.md). */
export function createActions(): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['files.scan', filesScan],
    ['files.copy', filesCopy],
    ['folders.create', foldersCreate],
    ['policy.load', policyLoad],
    ['compliance.validate', complianceValidate],
    ['receipt.write', receiptWrite],
    ['report.write', reportWrite],
    ['notify', notify],
    ['evaluate', evaluate],
  ]);
}

function isSevere({ rule }: Violation): boolean {
  return rule === 'required' || rule === 'forbidden';
}

function score(required: number, missing: number): number {
  return required === 0 ? 100 : Math.round((1 - missing / required) * 100);
}
