import { readFileSync } from 'node:fs';
import type { Difference } from './differences.js';

/** Why answers differ, and by which clause of the specification ours may. */
export interface Reason {
  readonly why: string;
  /** Document of docs/specification (or RFC), and the section in it. */
  readonly clause: string;
  /** Whether the clause demands our answer, or leaves it to the server. */
  readonly standing: 'required' | 'recommended' | 'permitted';
  readonly differences: readonly (Difference & { readonly request: string })[];
}

export const REASONS = JSON.parse(
  readFileSync(new URL('differences.json', import.meta.url), 'utf8'),
) as readonly Reason[];

/** The differences that are listed for a request, under whatever reasons, in the order in which they are found. */
export function listedFor(request: string): Difference[] {
  return REASONS.flatMap(({ differences }) => differences)
    .filter((difference) => difference.request === request)
    .map(({ at, theirs, ours }) => ({ at, theirs, ours }))
    .sort(byPlace);
}

export const byPlace = (a: Difference, b: Difference): number => (a.at < b.at ? -1 : 1);

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** The list for people: differences.md. */
export function toMarkdown(corpusSize: number): string {
  const count = new Set(REASONS.flatMap(({ differences }) => differences.map(({ request }) => request))).size;
  const sections = REASONS.map(({ why, clause, standing, differences }) =>
    [
      `## ${why}`,
      '',
      `Clause (${standing}): ${clause}`,
      '',
      '| request | where | the SDK | ours |',
      '| --- | --- | --- | --- |',
      ...differences.map(
        ({ request, at, theirs, ours }) =>
          `| ${code(request)} | ${code(at)} | ${code(theirs)} | ${code(ours)} |`,
      ),
      '',
    ].join('\n'),
  );
  return `${intro(corpusSize, count)}\n${sections.join('\n')}`;
}

const intro = (
  corpusSize: number,
  count: number,
): string => `# Where our answers differ from those of the official SDK

Generated from \`differences.json\`; do not edit (\`UPDATE_DIFFERENCES=1 npx jest --selectProjects differential\`).

${corpusSize} raw requests are sent to our server and to \`createMcpHandler\` of \`@modelcontextprotocol/server\` with the
same tools, resources and prompts. ${count} of them are answered differently; each difference stands below with the
clause by which ours is right, or is permitted. A difference that is not listed fails the test, and so does a listed one
that has gone.

Not compared, because the specification leaves it to the server: whether messages come as JSON or as a stream of events,
the order of members, of named things and of the answers to a batch, wording, names and versions, session ids, cursors,
states, how a schema is written, and members of \`error.data\` that no document defines.
`;
