// npm run --silent sbom > sbom.json: what the server is made of, as CycloneDX. npm 11 knows each package of one version
// once: where a development dependency brings it too, `npm sbom` calls it one of the development, and `--omit=dev`
// leaves it out. The lock file knows each place of a package: what is delivered anywhere is delivered.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const delivered = new Set(
  Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`),
);

const text = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const bill = JSON.parse(text);
const components = bill.components
  .filter((component) => delivered.has(component['bom-ref']))
  .map(asDelivered);
const refs = new Set([bill.metadata.component, ...components].map((component) => component['bom-ref']));
const dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
console.log(JSON.stringify({ ...bill, components, dependencies }, null, 2));

function asDelivered({ scope, properties = [], ...component }) {
  const isTakenForDevelopment = ({ name }) => name === 'cdx:npm:package:development';
  const rest = properties.filter((property) => !isTakenForDevelopment(property));
  const isOptional = scope === 'optional' && !properties.some(isTakenForDevelopment);
  return { ...component, ...(isOptional && { scope }), ...(rest.length > 0 && { properties: rest }) };
}
