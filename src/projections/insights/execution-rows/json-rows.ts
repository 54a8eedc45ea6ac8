import { apiVersion } from '../../api-version.ts';
import type { RowWriter } from './row-writer.ts';

/** One JSON document, like those of the other commands, with an execution on each line. */
export const jsonRows: RowWriter = {
  head: `{"apiVersion":${JSON.stringify(apiVersion)},"kind":"ExecutionList","items":[\n`,
  row: (row, index) => `${index === 0 ? '' : ',\n'}${JSON.stringify(row)}`,
  tail: (count) => `\n],"total":${count}}\n`,
};

/** One execution on each line, and nothing else. */
export const jsonLines: RowWriter = {
  head: '',
  row: (row) => `${JSON.stringify(row)}\n`,
  tail: () => '',
};
