// node scripts/deploy/manifest-schemas.mjs < manifests.yaml: says what Kubernetes would refuse, and what it would drop
// without a word: unknown keys. Ends with 1 when there is anything.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const OPERATOR = '@kubernetes-models/prometheus-operator';
const HERE = fileURLToPath(new URL('manifest.ts', import.meta.url));

const moduleOf = ({ apiVersion, kind }) => {
  const bundle = apiVersion.startsWith('monitoring.coreos.com/') ? OPERATOR : 'kubernetes-models';
  return `${bundle}/${apiVersion}/${kind}`;
};

/** What the schemas say: types, enumerations, patterns, what is required. They let unknown keys pass. */
async function schemaProblems(manifest) {
  const Model = (await import(moduleOf(manifest)))[manifest.kind];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

/** What the types say, which know every key: a literal may have no other. */
function typeProblems(manifests) {
  const source = manifests
    .map(
      (manifest, index) =>
        `import type { I${manifest.kind} as T${index} } from '${moduleOf(manifest)}';\n` +
        `export const m${index}: T${index} = ${JSON.stringify(manifest)};\n`,
    )
    .join('');
  const options = { noEmit: true, strict: true, skipLibCheck: true, types: [] };
  Object.assign(options, { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 });
  const host = ts.createCompilerHost(options);
  const [fileExists, getSourceFile] = [host.fileExists.bind(host), host.getSourceFile.bind(host)];
  host.fileExists = (path) => path === HERE || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === HERE ? ts.createSourceFile(path, source, ...rest) : getSourceFile(path, ...rest);
  const program = ts.createProgram([HERE], options, host);
  const file = program.getSourceFile(HERE);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    if (diagnostic.file !== file) return text;
    // Two lines for each manifest.
    const { line } = file.getLineAndCharacterOfPosition(diagnostic.start);
    const { kind, metadata } = manifests[Math.floor(line / 2)];
    return `${kind} ${metadata.name}: ${text}`;
  });
}

const manifests = parseAllDocuments(readFileSync(0, 'utf8')).map((document) => {
  if (document.errors.length > 0) throw document.errors[0];
  return document.toJS();
});
const problems = typeProblems(manifests);
for (const manifest of manifests) {
  const { kind, metadata } = manifest;
  for (const problem of await schemaProblems(manifest)) problems.push(`${kind} ${metadata.name}: ${problem}`);
}
for (const problem of problems) console.error(problem);
console.log(`${manifests.length} manifests, ${problems.length} problems`);
process.exitCode = problems.length > 0 || manifests.length === 0 ? 1 : 0;
